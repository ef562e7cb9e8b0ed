// SPDX-License-Identifier: BSD-2-Clause
// What an administrator can do to a VM: announce what will happen, and accept what it is now.
import {postAcceptance, postAnnouncement} from "./api.js";
import {announce, element} from "./dom.js";
import {openDialog} from "./dialog.js";
import {eventLabel, events, nameOf, sentence} from "./words.js";

const timeouts = [[600, "10 minutes"], [3600, "1 hour"], [21600, "6 hours"], [86400, "1 day"]];

function options(pairs) {
	return pairs.map(([value, label]) => element("option", {value}, label));
}

export function askToAnnounce(vm, done) {
	const event = element("select", {id: "event"}, options(events));
	const timeout = element("select", {id: "timeout"}, options(timeouts));
	openDialog({
		title: `Announce an event for ${nameOf(vm)}`,
		nodes: [
			element("p", {}, "Reports are judged by what you announce here. It holds until one of them shows it, or until the time is up; a live migration cannot be seen."),
			element("label", {for: "event"}, "What will happen"), event,
			element("label", {for: "timeout"}, "Within"), timeout,
		],
		action: "Announce",
		submit: async () => {
			await postAnnouncement(vm.uuid, {event: event.value, timeout: Number(timeout.value)});
			announce(`${eventLabel(event.value)} announced.`);
			done();
		},
	});
}

/* Claims end with an acceptance: whoever accepts learns that there were some. */
function droppedWords(dropped) {
	if (dropped.length === 0)
		return "";
	return dropped.length === 1 ? ` Claim ${Number(dropped[0])} was dropped.` : ` ${dropped.length} claims were dropped: ${dropped.map(Number).join(", ")}.`;
}

/* `report` becomes the baseline, its keys the VM's. */
export function askToAccept(vm, report, done) {
	const comment = element("textarea", {id: "comment", rows: "3", maxlength: "200", required: true});
	openDialog({
		title: `Accept ${nameOf(vm)}`,
		isGrave: true,
		nodes: [
			element("p", {}, `Report ${report.id}: `, element("strong", {}, `${sentence(report.continuity)}.`)),
			element("p", {}, "From now on this is the right vTPM: the report becomes the baseline that later ones are compared with, and its keys become the VM’s. Do this only when you know why it changed. It is written to the audit log under your name."),
			element("label", {for: "comment"}, "Why this is right"), comment,
		],
		action: "Accept as baseline",
		submit: async () => {
			const {dropped} = await postAcceptance(vm.uuid, {report: report.id, comment: comment.value.trim()});
			announce(`Report ${report.id} accepted as the baseline.${droppedWords(dropped)}`);
			done();
		},
	});
}
