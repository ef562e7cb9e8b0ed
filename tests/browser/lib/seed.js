// SPDX-License-Identifier: BSD-2-Clause
// A fleet for the page to show: reports as the collector keeps them, put into its store.
import {once} from "node:events";
import {mkdir, readFile, writeFile} from "node:fs/promises";
import {spawn} from "node:child_process";
import {join} from "node:path";
import {guests} from "./guest.js";

const hostileNames = ["<img src=x onerror=alert(1)>", "\"><script>alert(1)</script>", "web\u202egnp.exe", "{{7*7}}' onmouseover='alert(1)"];
const clockOffset = 60; // in the attest of tests/data/evidence/swtpm.json: clock, resetCount, restartCount
const same = ["affirming", "continuous", "same-tpm", "the same attestation key and counters"];
const restarted = ["affirming", "restarted", "restarted-saved", "the TPM was restarted and its state had been saved"];
const crashed = ["warning", "crashed", "crashed", "the TPM was reset without an orderly shutdown"];
const replaced = ["contraindicated", "replaced", "ek-changed", "the endorsement key is not the baseline's: this is another vTPM"];
const first = ["none", "first-seen", "first-seen", "there is no baseline to compare with"];
const missing = ["contraindicated", "missing", "no-device", "there is no device node"];
const fleetSize = 121;
const silentOne = 10;

const uuidOf = (i) => `${(0x10000000 + i * 0x1010101).toString(16)}-8b86-4011-b42d-00c04fc96${String(i).padStart(3, "0")}`;

function lastVerdictOf(i) {
	if (i % 23 === 3)
		return replaced;
	if (i % 31 === 5)
		return missing;
	if (i % 17 === 2)
		return crashed;
	return i % 29 === 4 ? first : same;
}

/* How many reports VM number `i` has: some have a history, one a long one. */
function reportsOf(i) {
	if (i === 7)
		return 75;
	return i < 6 ? 14 : 1;
}

function verdictOf(i, n) {
	if (n === reportsOf(i) - 1)
		return lastVerdictOf(i);
	if (n === 0)
		return first;
	return n % 5 === 3 ? restarted : n % 11 === 7 ? crashed : same;
}

/* The document as of the n-th report: another boot every five, its clock and counters with it. */
function evidenceOf(document, n) {
	const attest = Buffer.from(document.quote.attest, "base64");
	const boot = Math.floor((n + 2) / 5);
	attest.writeBigUInt64BE(BigInt(60_000 + n * 4_000_000 - (n > 7 ? 6_000_000 : 0)), clockOffset);
	attest.writeUInt32BE(1 + boot, clockOffset + 8);
	return {...document, guest: {...document.guest, boot_id: `${String(boot).repeat(8).slice(0, 8)}-3a6f-4a2f-8f0e-6f9619ff8b86`},
		quote: {...document.quote, attest: attest.toString("base64")}};
}

/* Fills the store `database`; `directory` is where documents may be put. */
export async function seed({fill, database, directory, document}) {
	const original = JSON.parse(await readFile(document));
	const withGuest = guests();
	const lines = [];
	await mkdir(directory, {recursive: true});
	for (let i = 0; i < fleetSize; i++) {
		for (let n = 0; n < reportsOf(i); n++) {
			const [status, continuity, reason, sentence] = verdictOf(i, n);
			const evidence = join(directory, `${i}-${n}.json`);
			await writeFile(evidence, JSON.stringify(withGuest(evidenceOf(original, n), i, n, reportsOf(i))));
			lines.push(JSON.stringify({uuid: uuidOf(i), at: Date.now() - i * 47_000 - (reportsOf(i) - 1 - n) * 3_900_000,
				status, continuity, reason, sentence, event: n % 5 === 3 ? "soft-reboot" : "none",
				...i === silentOne ? {silent: Date.now() - 7_200_000} : {},
				hostname: hostileNames[i] ?? `${["web", "db", "build", "mail"][i % 4]}-${i}.example.org`,
				quote_verified: continuity !== "missing", is_baseline: n === 0, evidence: continuity === "missing" ? "" : evidence}));
		}
	}
	const filler = spawn(fill, [database], {stdio: ["pipe", "ignore", "inherit"]});
	filler.stdin.end(`${lines.join("\n")}\n`);
	const [status] = await once(filler, "exit");
	if (status !== 0)
		throw new Error(`fill_store ended with status ${status}`);
	return {uuid: uuidOf(7), count: reportsOf(7)};
}
