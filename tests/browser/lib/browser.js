// SPDX-License-Identifier: BSD-2-Clause
// Debian's Chromium, and pages in it that tell of every fault.
import assert from "node:assert/strict";
import {createRequire} from "node:module";

const require = createRequire(`${process.env.VTPM_BROWSER_MODULES}/package.json`);
const {chromium} = require("playwright-core");
const axePath = require.resolve("axe-core/axe.min.js");
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync"];
const timeoutMs = 30_000;

export function launch() {
	return chromium.launch({executablePath: "/usr/bin/chromium", args: flags});
}

/* A page of its own. `faults` gathers what its console, its scripts and its policy complain of; a
 * refused request that the test provokes is none. */
export async function openPage(browser, address, {token, ...options} = {}) {
	const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...options});
	context.setDefaultTimeout(timeoutMs);
	if (token)
		await context.addInitScript((value) => {
			if (!sessionStorage.getItem("test-was-here"))
				sessionStorage.setItem("vtpm-collector-token", value);
			sessionStorage.setItem("test-was-here", "yes");
		}, token);
	const page = await context.newPage();
	const faults = [];
	page.on("pageerror", (error) => faults.push(error.message));
	page.on("dialog", (dialog) => {
		faults.push(`a script ran: ${dialog.message()}`);
		dialog.dismiss();
	});
	page.on("console", (message) => {
		if (message.type() === "error" && !/status of 40[134]/.test(message.text()))
			faults.push(message.text());
	});
	await page.goto(address);
	return {page, faults, close: () => context.close()};
}

/* Rules of WCAG 2.2 A and AA, and axe's good practice. Its script comes by the debugger, which the
 * page's policy does not stop. */
export async function assertAccessible(page, what) {
	const {readFileSync} = await import("node:fs");
	await page.evaluate(readFileSync(axePath, "utf8"));
	const found = await page.evaluate(async () => (await window.axe.run(document)).violations.map((violation) =>
		`${violation.id}: ${violation.nodes.map((node) => node.html).slice(0, 3).join(" | ")}`));
	assert.deepEqual(found, [], `axe, ${what}`);
}
