// SPDX-License-Identifier: BSD-2-Clause
// A VM's reports as a picture: one column each, oldest at the left. The table under it says the same.
import {shape} from "./dom.js";
import {duration, eventLabel, number, sentence, shortWhen, statusClass, statusLabel, statusMark} from "./words.js";

const lanes = {events: 14, verdicts: 46, boots: 84, resets: 128, clock: 186, times: 226};
const height = 236;
const columnMin = 30;
const edge = 20;
const letterWidth = 6.6;

export const laneLabels = [["Event", lanes.events], ["Verdict", lanes.verdicts], ["Boot", lanes.boots],
	["Resets", lanes.resets], ["TPM clock", lanes.clock], ["Received", lanes.times]];

function text(x, y, words, kind, anchor = "middle") {
	return shape("text", {x, y, class: kind, "text-anchor": anchor, "dominant-baseline": "central"}, words);
}

/* Calls draw(first, last, report) for each run of columns for which `key` gives the same. */
function runs(reports, key, draw) {
	let first = 0;
	for (let i = 1; i <= reports.length; i++) {
		if (i < reports.length && key(reports[i]) === key(reports[first]))
			continue;
		draw(first, i - 1, reports[first]);
		first = i;
	}
}

function drawEvents(reports, x) {
	let free = 0;
	return reports.flatMap((report, i) => {
		if (!report.event || report.event === "none")
			return [];
		const label = eventLabel(report.event);
		const half = label.length * letterWidth / 2;
		const middle = Math.max(x(i), half + 2);
		const fits = middle - half > free;
		if (fits)
			free = middle + half + 8;
		return [shape("line", {class: "event-line", x1: x(i), x2: x(i), y1: lanes.events + 9, y2: lanes.clock + 26}),
			fits ? text(middle, lanes.events, label, "event-label") :
				shape("circle", {class: "event-dot", cx: x(i), cy: lanes.events, r: 3}, shape("title", {}, label))];
	});
}

function drawVerdict(report, at, isBaseline) {
	const y = lanes.verdicts;
	return shape("g", {class: `verdict ${statusClass(report.status)}${report.is_signed ? "" : " is-unsigned"}`},
		shape("title", {}, `Report ${report.id}, ${shortWhen(report.received)}: ${statusLabel(report.status)}. ${sentence(report.continuity)}.${isBaseline ? " The baseline." : ""}`),
		isBaseline ? shape("circle", {class: "baseline-ring", cx: at, cy: y, r: 13}) : null,
		shape("circle", {cx: at, cy: y, r: 9}), text(at, y + 0.5, statusMark(report.status), "mark"));
}

function drawBoots(reports, x, half) {
	const bars = [];
	let isOdd = false;
	runs(reports, (report) => report.boot_id ?? null, (first, last, report) => {
		const left = x(first) - half + 2;
		const width = x(last) - x(first) + 2 * half - 4;
		const label = report.boot_id ? report.boot_id.slice(0, 8) : "unknown";
		isOdd = !isOdd;
		bars.push(shape("rect", {class: `boot ${isOdd ? "is-odd" : ""} ${report.boot_id ? "" : "is-unknown"}`,
			x: left, y: lanes.boots - 10, width, height: 20, rx: 4}, shape("title", {}, `Boot ${report.boot_id ?? "unknown"}`)));
		if (width > label.length * letterWidth + 8)
			bars.push(text(left + width / 2, lanes.boots + 0.5, label, "boot-label"));
	});
	return bars;
}

/* y for a value within a lane. */
function scale(values, top, bottom) {
	const low = Math.min(...values);
	const span = Math.max(...values) - low;
	return (value) => span > 0 ? bottom - (value - low) / span * (bottom - top) : (top + bottom) / 2;
}

function line(signed, x, y, value, isStepped) {
	return signed.map(([report, i], n) => {
		const at = `${x(i)},${y(value(report))}`;
		if (n === 0)
			return `M${at}`;
		return isStepped ? `H${x(i)}V${y(value(report))}` : `L${at}`;
	}).join("");
}

function drawResets(signed, x) {
	const y = scale(signed.map(([report]) => report.reset_count), lanes.resets - 10, lanes.resets + 16);
	const labels = [];
	let shown = null;
	for (const [report, i] of signed) {
		if (report.reset_count === shown)
			continue;
		shown = report.reset_count;
		labels.push(shape("circle", {class: "reset-dot", cx: x(i), cy: y(shown), r: 3}),
			text(x(i) + 6, y(shown) - 9, number(shown), "value", "start"));
	}
	return [shape("path", {class: "resets", d: line(signed, x, y, (report) => report.reset_count, true)}), ...labels];
}

function drawClock(signed, x) {
	const y = scale(signed.map(([report]) => report.clock_ms), lanes.clock - 18, lanes.clock + 20);
	return [shape("path", {class: "clock", d: line(signed, x, y, (report) => report.clock_ms, false)}),
		...signed.map(([report, i]) => shape("circle", {class: "clock-dot", cx: x(i), cy: y(report.clock_ms), r: 2.5},
			shape("title", {}, `TPM clock ${duration(report.clock_ms)}`)))];
}

function drawTimes(reports, x) {
	let free = 0;
	return reports.flatMap((report, i) => {
		const label = shortWhen(report.received);
		const half = label.length * letterWidth / 2;
		const middle = Math.max(x(i), half + 2);
		if (middle - half < free)
			return [];
		free = middle + half + 24;
		return [text(middle, lanes.times, label, "value")];
	});
}

/* `reports` newest first, as the collector gives them; at least one. */
export function drawTimeline(reports, baseline, width) {
	const ordered = [...reports].reverse();
	const column = Math.max(columnMin, Math.min(120, (width - 2 * edge) / ordered.length));
	const x = (i) => edge + column * (i + 0.5);
	const total = Math.max(width, column * ordered.length + 2 * edge);
	const signed = ordered.map((report, i) => [report, i]).filter(([report]) => report.is_signed);
	const summary = `${ordered.length} reports from ${shortWhen(ordered[0].received)} to ${shortWhen(ordered.at(-1).received)}; the table below has each of them.`;
	return shape("svg", {width: total, height, viewBox: `0 0 ${total} ${height}`, role: "img", "aria-label": summary},
		...[lanes.resets + 28, lanes.boots + 18, lanes.verdicts + 20].map((y) => shape("line", {class: "rule", x1: 0, x2: total, y1: y, y2: y})),
		...drawEvents(ordered, x), ...drawBoots(ordered, x, column / 2),
		...signed.length > 0 ? [...drawResets(signed, x), ...drawClock(signed, x)] : [],
		...ordered.map((report, i) => drawVerdict(report, x(i), report.id === baseline)), ...drawTimes(ordered, x));
}
