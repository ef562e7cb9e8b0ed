// SPDX-License-Identifier: BSD-2-Clause
// What some guests of the fleet booted, by a real event log, and what their disks do.
import {execFileSync} from "node:child_process";

/* VMs by their number in the fleet: one whose disks went with its vTPM, and one that is well. */
export const replacedVm = 3;
export const healthyVm = 1;
export const volumes = ["8e4c1f0a-2f6b-4d9c-9a57-0c1d2e3f4a5b", "1b7d5c3e-9a8f-4e6d-8c2b-7a6f5e4d3c2b",
	"c0ffee00-1234-4abc-8def-0123456789ab", "5a5a5a5a-0000-4000-8000-00000000beef"];

const slot = (result, more = {}) => ({token: 0, type: "systemd-tpm2", result, bank: "sha256", pcrs: [7], ...more});
const lost = [[slot("other-vtpm")], [slot("pcr-differs", {pcrs: [4, 7], differ: [4]}), {token: 1, type: "systemd-recovery", result: "not-tpm"}],
	[slot("opens")], [{token: 0, type: "systemd-fido2", result: "not-tpm"}]];

function unlockOf(slots) {
	return {volumes: slots.map((those, i) => ({uuid: volumes[i], slots: those}))};
}

function readBoot() {
	return JSON.parse(execFileSync(process.env.VTPM_AGENT, ["boot", "--log", process.env.VTPM_EVENT_LOG, "--json"],
		{encoding: "utf8", env: {...process.env, ASAN_OPTIONS: "detect_leaks=0"}})).boot;
}

/* The boot before: another boot loader, and a shorter list of what is forbidden. */
function earlier(boot) {
	return {...boot, variables: boot.variables.map((variable) => variable.name === "dbx" ? {...variable, hashes: 371} : variable),
		measurements: boot.measurements.map((item) => item.name === "shimx64.efi" || item.name === "dbx" ?
			{...item, digest: "5".repeat(64)} : item)};
}

/* Gives VM number `i` and its n-th report of `count` the parts that the evidence has besides. */
export function guests() {
	const boot = readBoot();
	return (document, i, n, count) => {
		if (i !== replacedVm && i !== healthyVm)
			return document;
		const isLast = n === count - 1;
		const sha256 = {...document.pcrs.banks.sha256, ...isLast ? {4: "4".repeat(64), 7: "7".repeat(64)} : {}};
		return {...document, boot: isLast ? boot : earlier(boot), pcrs: {...document.pcrs, banks: {...document.pcrs.banks, sha256}},
			guest: isLast ? {...document.guest, boot_id: "99999999-3a6f-4a2f-8f0e-6f9619ff8b86"} : document.guest,
			unlock: unlockOf(i === replacedVm && isLast ? lost : [[slot("opens")], [slot("needs-pin")]])};
	};
}
