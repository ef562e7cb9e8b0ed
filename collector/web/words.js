// SPDX-License-Identifier: BSD-2-Clause
// How the protocol's words, times and numbers are shown to a person.
import {element, foreign} from "./dom.js";
import {serverNow} from "./api.js";

/* Worst first: the order of the filters. */
export const statuses = ["contraindicated", "warning", "none", "affirming"];

/* As page_outcome() of console/page.c says them; tests/docs holds both together. */
const statusLabels = {
	affirming: "Survived",
	warning: "Look at it",
	contraindicated: "Did not survive",
	none: "Cannot tell",
};

const statusMarks = {affirming: "✔", warning: "!", contraindicated: "✘", none: "?"};

/* Beside the last verdict, which is not today's. */
export const silentMark = "…";

/* As core/verdict/judge.c says them. */
const sentences = {
	"unverified": "Nothing can be said about this vTPM",
	"first-seen": "No baseline yet to compare with",
	"continuous": "The same vTPM, not reset since the baseline",
	"restarted": "The same vTPM, restarted since the baseline",
	"crashed": "The same vTPM, switched off without a shutdown",
	"cleared": "The vTPM was cleared",
	"replaced": "This is another vTPM",
	"cloned": "This vTPM is another VM's, or there are two of this VM",
	"rolled-back": "The vTPM runs on an older state",
	"reset-under-guest": "The vTPM was reset under the running guest",
	"missing": "There is no vTPM",
	"unresponsive": "The vTPM does not answer",
	"failed": "The vTPM failed",
};

export const events = [
	["live-migration", "Live migration"],
	["cold-migration", "Cold migration"],
	["soft-reboot", "Soft reboot"],
	["hard-reboot", "Hard reboot"],
	["resume", "Resume"],
	["clear", "Clear"],
];

export function eventLabel(event) {
	return new Map(events).get(event) ?? (event && event !== "none" ? foreign(event) : "Nothing");
}

export function statusLabel(status) {
	return statusLabels[status] ?? statusLabels.none;
}

export function statusMark(status) {
	return statusMarks[status] ?? statusMarks.none;
}

export function statusClass(status) {
	return `is-${status in statusLabels ? status : "none"}`;
}

/* No report has come since an operator said that this is the right vTPM. */
export function isJustAccepted(vm) {
	return vm.reason === "accepted";
}

export function vmSentence(vm) {
	return isJustAccepted(vm) ? "Accepted: its next report is awaited" : sentence(vm.continuity);
}

export function sentence(continuity) {
	return sentences[continuity] ?? foreign(continuity);
}

export function badge(status) {
	return element("span", {class: `badge ${statusClass(status)}`},
		element("span", {class: "mark", "aria-hidden": "true"}, statusMark(status)), statusLabel(status));
}

export function nameOf(vm) {
	return vm.hostname ? foreign(vm.hostname) : "no hostname";
}

const numbers = new Intl.NumberFormat("en");
export function number(value) {
	return Number.isFinite(value) ? numbers.format(value) : "–";
}

export function plural(count, one, many) {
	return `${number(count)} ${count === 1 ? one : many}`;
}

const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

/* A length of time by its largest units, two at most: "3 d 4 h". */
export function duration(ms, most = 2) {
	if (!Number.isFinite(ms))
		return "–";
	let seconds = Math.floor(ms / 1000);
	const first = Math.max(0, units.findIndex(([, size]) => seconds >= size));
	const parts = [];
	for (const [unit, size] of seconds > 0 ? units.slice(first, first + most) : [["s", 1]]) {
		const count = Math.floor(seconds / size);
		if (count > 0 || parts.length === 0)
			parts.push(`${count} ${unit}`);
		seconds %= size;
	}
	return parts.join(" ");
}

const dates = new Intl.DateTimeFormat("en-GB", {
	year: "numeric", month: "short", day: "2-digit",
	hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZoneName: "short",
});
const shortDates = new Intl.DateTimeFormat("en-GB",
	{day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", hour12: false});

function parse(text) {
	const date = new Date(text ?? NaN);
	return Number.isNaN(date.getTime()) ? null : date;
}

export function when(text) {
	const date = parse(text);
	return date ? dates.format(date) : "never";
}

export function shortWhen(text) {
	const date = parse(text);
	return date ? shortDates.format(date) : "–";
}

export function ago(text) {
	const date = parse(text);
	if (!date)
		return "never";
	const past = serverNow() - date.getTime();
	if (past < 0)
		return `in ${duration(-past)}`;
	return past < 5000 ? "just now" : `${duration(past, 1)} ago`;
}

export function time(text, words = ago(text)) {
	return parse(text) ? element("time", {datetime: text, title: when(text)}, words) : words;
}

/* Who brought a report: the credential, and where from. Names are others' choice. */
export function senderWords(sender) {
	if (!sender)
		return "not recorded";
	return sender.role ? `${sender.role} ${foreign(sender.name ?? "")}, from ${foreign(sender.address)}` : `no credential, from ${foreign(sender.address)}`;
}
