// SPDX-License-Identifier: BSD-2-Clause
// A VM's disks: what each does at the next boot, why, and what to do.
import {element, foreign} from "./dom.js";
import {copyable} from "./copy.js";
import {number, plural, statusClass, statusMark, time} from "./words.js";

const labels = {affirming: "Opens", warning: "Doubtful", contraindicated: "Will not open", none: "Cannot be told"};

function label(volume) {
	return volume.result === "not-tpm" ? "Needs no TPM" : labels[volume.status] ?? labels.none;
}

function mark(volume) {
	const status = volume.result === "not-tpm" ? "none" : volume.status;
	return element("span", {class: `badge ${statusClass(status)}`},
		element("span", {class: "mark", "aria-hidden": "true"}, volume.result === "not-tpm" ? "–" : statusMark(status)), label(volume));
}

/* BitLocker has protectors where LUKS has tokens. */
function slotItem(slot) {
	const kind = String(slot.sentence).startsWith("bitlocker") ? "Protector" : "Token";
	return element("li", {}, element("span", {class: "slot"}, `${kind} ${Number(slot.token)}`), " ", foreign(slot.sentence));
}

function volumeItem(volume) {
	return element("li", {class: `disk ${volume.result === "not-tpm" ? "" : statusClass(volume.status)}`},
		element("div", {class: "disk-head"}, mark(volume),
			volume.uuid ? copyable(foreign(volume.uuid), 8, "volume’s UUID") : volume.name ? foreign(volume.name) : element("span", {class: "quiet-text"}, "a damaged header has no UUID")),
		volume.slots.length > 0 ? element("ul", {class: "slots"}, volume.slots.map(slotItem)) : element("p", {class: "sentence"}, `It ${foreign(volume.sentence)}.`),
		volume.remedy ? element("p", {class: "remedy"}, element("span", {class: "unseen"}, "Remedy: "), element("span", {}, foreign(volume.remedy))) : null);
}

const shortNames = (volumes) => volumes.map((volume) => foreign(volume.uuid).slice(0, 8) || foreign(volume.name) || "one without a UUID").join(", ");

/* Which disks went with the vTPM that sealed them. */
function lostNotice(volumes) {
	const lost = volumes.filter((volume) => volume.result === "other-vtpm");
	const others = volumes.filter((volume) => volume.result !== "other-vtpm" && volume.result !== "not-tpm");
	if (lost.length === 0)
		return null;
	return element("p", {class: "notice is-bad"},
		element("strong", {}, `Lost with the vTPM that sealed ${lost.length === 1 ? "it" : "them"}: `), shortNames(lost), ". ",
		others.length > 0 ? `Sealed by this vTPM, and not lost: ${shortNames(others)}.` : "No sealed disk is left.",
		" A recovery key or a passphrase still opens what is lost.");
}

function headline(sealed) {
	const failing = sealed.filter((volume) => volume.status === "contraindicated").length;
	if (sealed.length === 0)
		return "No disk is sealed to a TPM.";
	if (failing > 0)
		return `${number(failing)} of ${plural(sealed.length, "sealed disk", "sealed disks")} will not open at the next boot.`;
	const opening = sealed.filter((volume) => volume.status === "affirming").length;
	return opening === sealed.length ? `This vTPM opens ${sealed.length === 1 ? "the sealed disk" : `all ${number(opening)} sealed disks`} at the next boot.` :
		`${number(opening)} of ${plural(sealed.length, "sealed disk", "sealed disks")} will open at the next boot; of the others it is not certain.`;
}

/* NULL where no report tells of disks. */
export function disksSection(disks) {
	if (!disks)
		return null;
	const sealed = disks.volumes.filter((volume) => volume.result !== "not-tpm");
	return element("section", {class: "panel disks", "aria-labelledby": "disks"},
		element("h2", {id: "disks"}, "Disks"),
		element("p", {class: "lead"}, headline(sealed)),
		element("p", {class: "quiet-text"}, "If the next boot measures what this one did; by report ", String(Number(disks.report)), ", ", time(disks.received), ". Nothing was unsealed."),
		lostNotice(disks.volumes),
		element("ul", {class: "disk-list"}, disks.volumes.map(volumeItem)),
		disks.left_out > 0 ? element("p", {class: "quiet-text"}, `${number(disks.left_out)} more could not be looked at.`) : null);
}
