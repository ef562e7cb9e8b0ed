// SPDX-License-Identifier: BSD-2-Clause
// The collector's web page as a person meets it.
import assert from "node:assert/strict";
import {readFile} from "node:fs/promises";
import {after, before, test} from "node:test";
import {assertAccessible, launch, openPage} from "./lib/browser.js";
import {startCollector} from "./lib/collector.js";
import {healthyVm, volumes} from "./lib/guest.js";

const admin = "test-admin-token-0123456789abcdef";
const viewer = "test-viewer-token-0123456789abcdef";
const rowLink = "table.fleet tbody th a";
let collector;
let browser;

before(async () => {
	collector = await startCollector({admin, viewer});
	browser = await launch();
});

after(async () => {
	await browser?.close();
	await collector?.stop();
});

function at(hash = "#/") {
	return collector.url + hash;
}

/* Runs `walk` on a page with the viewer's token and no complaint. */
async function visit(hash, walk, options = {token: viewer}) {
	const {page, faults, close} = await openPage(browser, at(hash), options);
	try {
		await walk(page);
		assert.deepEqual(faults, []);
	} finally {
		await close();
	}
}

test("without a credential it asks for one, and says when it is wrong", () => visit("#/", async (page) => {
	await page.getByText("vtpm-collector page").waitFor();
	await assertAccessible(page, "signed out");
	await page.getByLabel("Token").fill("wrong-token-0123456789abcdef0123");
	await page.getByLabel("Token").press("Enter");
	await page.getByText("The collector does not know this token.").waitFor();
	await page.getByLabel("Token").fill(viewer);
	await page.getByLabel("Token").press("Enter");
	await page.locator(rowLink).first().waitFor();
	assert.equal(await page.getByRole("button", {name: "Announce an event…"}).count(), 0);
	assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
	assert.equal(await page.evaluate(() => document.cookie), "");
	await page.getByRole("button", {name: "Sign out"}).click();
	await page.getByRole("heading", {name: "Sign in"}).waitFor();
	assert.equal(await page.evaluate(() => sessionStorage.length), 0);
}, {}));

/* The address that `vtpm-collector page` prints, or a start without a configuration. */
test("an address with a code signs in once", async () => {
	const code = await collector.code(admin);
	await visit(`#code=${code}`, async (page) => {
		await page.locator(rowLink).first().waitFor();
		assert.equal(await page.locator("#who").textContent(), "Admin");
		assert.equal(new URL(page.url()).hash, "#/");
		assert.notEqual(await page.evaluate(() => sessionStorage.getItem("vtpm-collector-token")), admin);
		assert.equal(await page.evaluate(() => document.cookie), "");
		await page.reload();
		await page.locator(rowLink).first().waitFor();
		await page.evaluate((hash) => { location.hash = hash; }, `#code=${await collector.code(viewer)}`);
		await page.locator("#who", {hasText: "Read-only"}).waitFor();
		const used = await page.evaluate(() => sessionStorage.getItem("vtpm-collector-token"));
		await page.getByRole("button", {name: "Sign out"}).click();
		await page.getByRole("heading", {name: "Sign in"}).waitFor();
		assert.equal((await fetch(`${collector.url}v1/vms`, {headers: {Authorization: `Bearer ${used}`}})).status, 401);
	}, {});
	await visit(`#code=${code}`, async (page) => {
		await page.getByText("This address was used before").waitFor();
		assert.equal(await page.locator("#session").isVisible(), false);
		await assertAccessible(page, "with a code that was used");
	}, {});
});

test("it says when it is behind its agents", () => visit("#/", async (page) => {
	await page.locator(rowLink).first().waitFor();
	assert.equal(await page.locator("#behind").isVisible(), false);
	await page.route("**/v1/status", async (route) => {
		const answer = await route.fetch();
		await route.fulfill({response: answer, json: {...await answer.json(), lost_report: 4711}});
	});
	await page.reload();
	await page.getByText("report 4711 was acknowledged and is not here").waitFor();
	await page.locator(rowLink).first().waitFor();
	await assertAccessible(page);
}));

test("the fleet comes in pages by cursor", () => visit("#/", async (page) => {
	const seen = new Set();
	for (let pages = 0; pages < 10; pages++) {
		await page.locator(rowLink).first().waitFor();
		for (const uuid of await page.locator("table.fleet tbody .uuid").allTextContents()) {
			assert.ok(!seen.has(uuid), `${uuid} is on two pages`);
			seen.add(uuid);
		}
		const next = page.getByRole("link", {name: "Next page"});
		if (await next.count() === 0)
			break;
		const first = await page.locator(rowLink).first().getAttribute("href");
		await next.click();
		await page.waitForFunction(([link, before]) => document.querySelector(link)?.getAttribute("href") !== before, [rowLink, first]);
	}
	assert.equal(seen.size, collector.vms.length);
	await page.getByRole("link", {name: "First page"}).click();
	await page.waitForFunction(() => !location.hash.includes("after"));
}));

test("filters and search find what they say", () => visit("#/", async (page) => {
	const bad = collector.vms.filter((vm) => vm.status === "contraindicated");
	await page.getByRole("link", {name: `Did not survive ${bad.length}`}).click();
	await page.waitForFunction((count) => document.querySelectorAll("table.fleet tbody tr").length === count, bad.length);
	for (const label of await page.locator("table.fleet .badge").allTextContents())
		assert.match(label, /Did not survive/);
	await page.getByRole("link", {name: /^All/}).click();
	await page.getByRole("searchbox").fill("build-");
	await page.waitForFunction(() => location.hash.includes("search=build-"));
	const wanted = Math.min(50, collector.vms.filter((vm) => vm.hostname.includes("build-")).length);
	await page.waitForFunction((count) => document.querySelectorAll("table.fleet tbody th a").length === count, wanted);
	assert.ok(await page.getByRole("searchbox").evaluate((input) => input === document.activeElement));
	await page.getByRole("searchbox").fill("no such machine");
	await page.getByText("No VM matches.").waitFor();
}));

test("a silent VM's last verdict is not shown as today's", () => visit("#/", async (page) => {
	await page.getByRole("link", {name: "Silent 1"}).click();
	await page.waitForFunction(() => document.querySelectorAll("table.fleet tbody th a").length === 1);
	assert.match(await page.locator("table.fleet .badge").textContent(), /Silent, “Survived” before/);
	assert.equal(await page.locator(".filter[aria-current]").textContent(), "Silent 1");
	await assertAccessible(page, "silent VMs");
	await page.locator(rowLink).click();
	await page.getByRole("heading", {name: /Nothing is heard of this VM since/}).waitFor();
	await page.getByText("Last verdict:").waitFor();
	await assertAccessible(page, "a silent VM");
}));

test("what guests call themselves stays text", () => visit("#/?search=alert", async (page) => {
	await page.locator(rowLink).first().waitFor();
	const names = await page.locator(`${rowLink} bdi`).allTextContents();
	assert.ok(names.includes("<img src=x onerror=alert(1)>"));
	assert.equal(await page.locator("main img, main script").count(), 0);
	for (const link of await page.locator(rowLink).all()) {
		await link.click();
		await page.locator(".canvas svg").waitFor();
		assert.equal(await page.locator("main img, main script").count(), 0);
		await page.goBack();
		await page.locator(rowLink).first().waitFor();
	}
}));

test("a VM's page has verdict, remedy, timeline and the same as a table", () => {
	const vm = collector.vms.find((candidate) => candidate.continuity === "replaced");
	return visit(`#/vms/${vm.uuid}`, async (page) => {
		await page.getByRole("heading", {name: "This is another vTPM"}).waitFor();
		const reports = await page.locator("table.reports tbody tr").count();
		assert.equal(await page.locator(".timeline .verdict").count(), reports);
		assert.ok(reports > 1);
		await page.getByRole("button", {name: `Details of report ${vm.head}`}).click();
		await page.getByText("Hash in the chain").waitFor();
		assert.equal(await page.locator(".verdict-card .remedy").textContent(), "Remedy: what to do");
	});
});

test("who reported is shown, and who else reports as a VM", async () => {
	const vm = collector.vms.find((candidate) => candidate.continuity === "continuous");
	const claim = {id: 7, uuid: vm.uuid, received: new Date().toISOString(), continuity: "replaced", reason: "ek-changed", hostname: "x",
		sender: {role: null, name: null, address: "203.0.113.9"}, keys: {ek: "e".repeat(64), ak_name: "000b" + "a".repeat(64)}};
	const claimed = (json) => ({...json, claimed_ms: Date.now()});
	await visit(`#/vms/${vm.uuid}`, async (page) => {
		await page.route(`**/v1/vms/${vm.uuid}`, async (route) => {
			const answer = await route.fetch();
			await route.fulfill({response: answer, json: claimed(await answer.json())});
		});
		await page.route(`**/v1/vms/${vm.uuid}/claims`, (route) => route.fulfill({json: {claims: [
			claim, {...claim, id: 8, sender: {role: "agent", name: "web\u202e-1", address: "unix"}, keys: null}]}}));
		await page.reload();
		await page.getByRole("heading", {name: "Somebody unknown reports as this VM"}).waitFor();
		const lines = await page.locator(".claims li").allTextContents();
		assert.match(lines[0], /no credential, from 203\.0\.113\.9.*ek-changed.*EK e{64}/s);
		assert.match(lines[1], /agent web\\u\{202e\}-1, from unix/);
		assert.match(await page.locator("dl.facts").first().textContent(), /Brought byagent web-1, from 192\.0\.2\.1/);
		await page.getByRole("button", {name: `Details of report ${vm.head}`}).click();
		await page.locator(".details", {hasText: "Senderagent web-1, from 192.0.2.1"}).waitFor();
		await assertAccessible(page, "claims");
		await page.route("**/v1/vms?*", async (route) => {
			const answer = await route.fetch();
			const json = await answer.json();
			await route.fulfill({response: answer, json: {...json, vms: json.vms.map(claimed)}});
		});
		await page.getByRole("link", {name: "All VMs"}).click();
		await page.getByText("others report as it").first().waitFor();
	});
});

test("a VM's page says which disks are lost, why, and what to do", () => {
	const vm = collector.vms.find((candidate) => candidate.disks?.will_not_open);
	assert.deepEqual([vm.continuity, vm.disks], ["replaced", {sealed: 3, will_not_open: 2}]);
	return visit(`#/vms/${vm.uuid}`, async (page) => {
		const section = page.getByRole("region", {name: "Disks"});
		await section.getByText("2 of 3 sealed disks will not open at the next boot.").waitFor();
		assert.equal(await section.locator(".notice").textContent(), "Lost with the vTPM that sealed it: 8e4c1f0a. " +
			"Sealed by this vTPM, and not lost: 1b7d5c3e, c0ffee00. A recovery key or a passphrase still opens what is lost.");
		const disks = await section.locator(".disk").allTextContents();
		assert.deepEqual(disks.map((text) => /Will not open|Opens|Needs no TPM/.exec(text)[0]),
			["Will not open", "Will not open", "Opens", "Needs no TPM"]);
		assert.match(disks[0], /another vTPM sealed it.*Remedy: .*systemd-cryptenroll .* \/dev\/disk\/by-uuid\/8e4c1f0a-2f6b-4d9c-9a57-0c1d2e3f4a5b/s);
		assert.match(disks[1], /PCR 4 holds another value than it was sealed to/);
		await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
		await section.getByRole("button", {name: `Copy the volume’s UUID ${volumes[1]}`}).click();
		await section.getByText("Copied").waitFor();
		assert.equal(await page.evaluate(() => navigator.clipboard.readText()), volumes[1]);
	});
});

test("a VM's page says what was booted, and what changed", () => {
	const vm = collector.vms[healthyVm];
	return visit(`#/vms/${vm.uuid}`, async (page) => {
		await page.getByText("This vTPM opens all 2 sealed disks at the next boot.").waitFor();
		const section = page.getByRole("region", {name: "Boot", exact: true});
		await section.getByText("Secure Boot is on: the firmware started only what its keys allow.").waitFor();
		assert.deepEqual(await section.locator(".changes li").allTextContents(), [
			"PCR 4 boot loader or kernel: another shimx64.efi", "PCR 7 Secure Boot: another dbx, 371 -> 1 hashes"]);
		const text = await section.textContent();
		for (const wanted of ["Microsoft Corporation UEFI CA 2011 (db)", "Red Hat Secure Boot CA 5 (Shim)", "2026-10-19", "shimx64.efi"])
			assert.ok(text.includes(wanted), `${wanted} is missing in ${text}`);
		assert.equal(await section.locator("table.certificates tbody tr", {hasText: "expired"}).count(), 3);
	});
});

test("a VM's page lists the events of the logs that differ, or says whose log is missing", () => {
	const vm = collector.vms[healthyVm];
	let before;
	return visit(`#/vms/${vm.uuid}`, async (page) => {
		const section = page.getByRole("region", {name: "Boot", exact: true});
		await section.getByText("The raw event log of the boot before and of this boot is not kept").waitFor();
		await page.route(`**/v1/vms/${vm.uuid}/boot*`, async (route) => {
			const json = await (await route.fetch()).json();
			await route.fulfill({json: {...json, before: {...json.before, ...before}}});
		});
		before = {has_log: true, has_later_log: true, events_left_out: 3, events: [
			{pcr: 4, kind: "gone", type: "EV_ACTION", meaning: "<b>old</b>"}, {pcr: 4, kind: "new", type: "EV_ACTION", meaning: "new"}]};
		await page.reload();
		await section.getByText("5 events differ").click();
		assert.deepEqual(await section.locator(".events li").allTextContents(),
			["PCR 4 gone <b>old</b> EV_ACTION", "PCR 4 new new EV_ACTION"]);
		await section.getByText("3 more have no room here.").waitFor();
		before.has_log = false;
		await page.reload();
		await section.getByText("The raw event log of the boot before is not kept").waitFor();
	});
});

test("the fleet shows where disks will not open", () => visit("#/", async (page) => {
	await page.getByRole("link", {name: "Disks will not open 2"}).click();
	await page.waitForFunction(() => document.querySelectorAll("table.fleet tbody tr").length === 1);
	await page.getByText("2 disks will not open").waitFor();
	assert.equal(new URL(page.url()).hash, "#/?disks=will-not-open");
	await page.getByRole("link", {name: "Disks will not open 2"}).click();
	await page.waitForFunction(() => document.querySelectorAll("table.fleet tbody tr").length > 1);
}));

test("a long history is loaded piece by piece", () => {
	const {uuid, count} = collector.longest;
	return visit(`#/vms/${uuid}`, async (page) => {
		await page.locator("table.reports tbody tr").nth(49).waitFor();
		await page.getByRole("button", {name: "Older reports"}).click();
		await page.waitForFunction((wanted) => document.querySelectorAll("table.reports tbody tr").length === wanted, count);
		assert.equal(await page.locator(".timeline .verdict").count(), count);
	});
});

test("an unknown VM is said to be unknown", () => visit("#/vms/00000000-0000-4000-8000-000000000000", async (page) => {
	await page.getByRole("heading", {name: "No such VM"}).waitFor();
}));

test("evidence comes byte for byte", () => {
	const vm = collector.vms.find((candidate) => candidate.status === "affirming");
	return visit(`#/vms/${vm.uuid}`, async (page) => {
		const link = page.getByRole("link", {name: `Download evidence of report ${vm.head}`}).first();
		await link.waitFor();
		const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
		assert.deepEqual(await readFile(await download.path()), await collector.evidence(vm.head));
	});
});

test("an administrator announces and accepts, after being asked", () => {
	const vm = collector.vms.find((candidate) => candidate.continuity === "replaced" && !candidate.announced);
	return visit(`#/vms/${vm.uuid}`, async (page) => {
		await page.getByRole("button", {name: "Announce an event…"}).click();
		await page.getByLabel("What will happen").selectOption("cold-migration");
		await page.getByRole("button", {name: "Announce", exact: true}).click();
		await page.getByText("Cold migration is announced").waitFor();
		assert.equal((await collector.vm(vm.uuid)).announced.event, "cold-migration");

		await page.getByRole("button", {name: "Accept as it is…"}).click();
		await page.keyboard.press("Escape");
		assert.equal((await collector.vm(vm.uuid)).baseline, vm.baseline);
		await page.getByRole("button", {name: "Accept as it is…"}).click();
		await assertAccessible(page, "the dialog");
		await page.getByLabel("Why this is right").fill("made anew after the storage was lost");
		await page.getByRole("button", {name: "Accept as baseline"}).click();
		await page.getByText(`report ${vm.head}`, {exact: true}).waitFor();
		await page.getByText("Accepted: its next report is awaited").waitFor();
		const accepted = await collector.vm(vm.uuid);
		assert.equal(accepted.baseline, vm.head);
		for (const name of [accepted.ak_name, ...accepted.eks])
			await page.getByText(name, {exact: true}).waitFor();
	}, {token: admin});
});

test("everything can be reached and used by keyboard", () => visit("#/", async (page) => {
	await page.locator(rowLink).first().waitFor();
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
	await page.keyboard.press("Enter");
	const stops = [];
	for (let i = 0; i < 12; i++) {
		await page.keyboard.press("Tab");
		const stop = await page.evaluate(() => document.activeElement.id || document.activeElement.className || document.activeElement.getAttribute("href"));
		stops.push(stop);
		if (/^#\/vms\//.test(stop))
			break;
	}
	assert.ok(stops.includes("search"), stops.join(", "));
	assert.match(stops.at(-1), /^#\/vms\//);
	await page.keyboard.press("Enter");
	await page.locator(".canvas svg").waitFor();
	await page.waitForFunction(() => document.activeElement.tagName === "H1");
}));

for (const colorScheme of ["light", "dark"]) {
	for (const width of [360, 640, 1600]) {
		test(`accessible and within its width: ${colorScheme}, ${width} px`, () => {
			const vm = collector.vms.find((candidate) => candidate.continuity === "missing");
			return visit("#/", async (page) => {
				const fits = async (what) => {
					await assertAccessible(page, what);
					assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${what} is too wide`);
				};
				await page.locator(rowLink).first().waitFor();
				await fits("the fleet");
				await page.goto(at(`#/vms/${vm.uuid}`));
				await page.locator(".canvas svg").waitFor();
				await page.getByRole("button", {name: /^Details of report/}).first().click();
				await page.getByText("Hash in the chain").waitFor();
				await fits("the VM");
				await page.goto(at(`#/vms/${collector.vms.find((candidate) => candidate.disks?.will_not_open).uuid}`));
				await page.getByRole("heading", {name: "Boot", exact: true}).waitFor();
				await fits("disks and boot");
			}, {token: admin, colorScheme, viewport: {width, height: 900}, reducedMotion: "reduce"});
		});
	}
}

test("no table hides a column behind its edge", () => visit("#/", async (page) => {
	const hidden = () => page.evaluate(() => [...document.querySelectorAll(".sheet")].filter((sheet) => sheet.scrollWidth > sheet.clientWidth)
		.map((sheet) => `${sheet.querySelector("table").className}, ${innerWidth} px: ${sheet.scrollWidth} > ${sheet.clientWidth}`));
	const vm = collector.vms.find((candidate) => candidate.status === "contraindicated");
	for (const [hash, row] of [["#/", rowLink], [`#/vms/${vm.uuid}`, "table.reports tbody td"]]) {
		await page.goto(at(hash));
		await page.locator(row).first().waitFor();
		for (const width of [400, 500, 640, 760, 900, 1000, 1280, 1600]) {
			await page.setViewportSize({width, height: 900});
			assert.deepEqual(await hidden(), []);
		}
	}
}));

test("nothing jumps while the fleet is refreshed", () => visit("#/", async (page) => {
	await page.locator(rowLink).first().waitFor();
	const shift = await page.evaluate(() => new Promise((resolve) => {
		let sum = 0;
		new PerformanceObserver((list) => {
			for (const entry of list.getEntries())
				sum += entry.hadRecentInput ? 0 : entry.value;
		}).observe({type: "layout-shift", buffered: true});
		setTimeout(() => resolve(sum), 1000);
	}));
	assert.ok(shift < 0.1, `layout shift ${shift}`);
}));
