// SPDX-License-Identifier: BSD-2-Clause
// A VM's history: the timeline, the table that says the same, and each report's details.
import {getReport, getReports} from "./api.js";
import {element, foreign, shape} from "./dom.js";
import {reportDetails} from "./report.js";
import {drawTimeline, laneLabels} from "./timeline.js";
import {badge, duration, eventLabel, number, sentence, statusClass, time, when} from "./words.js";

const pageSize = 50;
const columns = [["Report", "c-number"], ["Received", "c-when"], ["Verdict", ""], ["Event", "c-event"], ["Boot", "c-boot"],
	["Resets", "c-number c-resets"], ["Restarts", "c-number c-restarts"], ["TPM clock", "c-number c-clock"], ["Details", "c-details"]];

function labels() {
	return shape("svg", {class: "lane-labels", width: 76, height: 236, "aria-hidden": "true"},
		...laneLabels.map(([label, y]) => shape("text", {x: 0, y, "dominant-baseline": "central"}, label)));
}

export function openHistory(uuid, signal) {
	const open = new Map(); /* report's id → its row of details */
	let reports = [];
	let baseline = 0;
	let next = null;
	let isAtEnd = true;

	const canvas = element("div", {class: "canvas", tabindex: "0", role: "region", "aria-label": "Timeline, scrolls sideways"});
	const rows = element("tbody");
	const older = element("button", {type: "button", onclick: loadOlder, hidden: true}, "Older reports");
	const problem = element("p", {class: "problem", role: "alert"});
	const node = element("section", {class: "panel", "aria-labelledby": "history"},
		element("h2", {id: "history"}, "History"),
		element("figure", {class: "timeline"}, labels(), canvas,
			element("figcaption", {}, "A ring marks the baseline; a dashed verdict was not signed by the TPM.")),
		element("div", {class: "sheet"}, element("table", {class: "reports"},
			element("caption", {class: "unseen"}, "Reports, newest first"),
			element("thead", {}, element("tr", {}, columns.map(([label, kind]) => element("th", {scope: "col", class: kind}, label)))), rows)),
		problem, element("div", {class: "pager"}, older));

	function drawPicture() {
		if (reports.length === 0 || canvas.clientWidth === 0)
			return;
		canvas.replaceChildren(drawTimeline(reports, baseline, canvas.clientWidth));
		if (isAtEnd)
			canvas.scrollLeft = canvas.scrollWidth;
	}

	async function toggle(report, button, row) {
		if (open.has(report.id)) {
			open.get(report.id).remove();
			open.delete(report.id);
			button.setAttribute("aria-expanded", "false");
			return;
		}
		const cell = element("td", {colspan: columns.length}, "Loading…");
		const details = element("tr", {class: "details", id: `details-${report.id}`}, cell);
		open.set(report.id, details);
		button.setAttribute("aria-expanded", "true");
		row.after(details);
		try {
			cell.replaceChildren(...reportDetails(await getReport(report.id, {signal})).filter(Boolean));
		} catch (error) {
			cell.textContent = error.message;
		}
	}

	function reportRow(report) {
		const button = element("button", {type: "button", class: "quiet", "aria-expanded": String(open.has(report.id)),
			"aria-label": `Details of report ${report.id}`, onclick: () => toggle(report, button, row)}, "Details");
		const row = element("tr", {class: statusClass(report.status)},
			element("th", {scope: "row", class: "c-number"}, String(report.id)),
			element("td", {class: "c-when"}, time(report.received, when(report.received))),
			element("td", {}, badge(report.status), report.id === baseline ? element("span", {class: "tag"}, "baseline") : null,
				report.is_signed ? null : element("span", {class: "tag"}, "unsigned"),
				element("span", {class: "why"}, sentence(report.continuity), " ", element("code", {}, foreign(report.reason ?? "")))),
			element("td", {class: "c-event"}, report.event && report.event !== "none" ? eventLabel(report.event) : "–"),
			element("td", {class: "c-boot"}, element("code", {title: report.boot_id ?? ""}, report.boot_id ? foreign(report.boot_id).slice(0, 8) : "–")),
			element("td", {class: "c-number c-resets"}, report.is_signed ? number(report.reset_count) : "–"),
			element("td", {class: "c-number c-restarts"}, report.is_signed ? number(report.restart_count) : "–"),
			element("td", {class: "c-number c-clock"}, report.is_signed ? duration(report.clock_ms) : "–"),
			element("td", {class: "c-details"}, button));
		return open.has(report.id) ? [row, open.get(report.id)] : [row];
	}

	function draw() {
		const focused = rows.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
		rows.replaceChildren(...reports.length > 0 ? reports.flatMap(reportRow) :
			[element("tr", {class: "message"}, element("td", {colspan: columns.length}, "No reports yet."))]);
		if (focused)
			rows.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
		older.hidden = !next;
		drawPicture();
	}

	async function loadOlder() {
		older.disabled = true;
		problem.textContent = "";
		try {
			const page = await getReports(uuid, {from: next, limit: pageSize}, {signal});
			isAtEnd = false;
			reports = [...reports, ...page.reports];
			next = page.next;
			draw();
		} catch (error) {
			problem.textContent = error.message;
		}
		older.disabled = false;
	}

	canvas.addEventListener("scroll", () => {
		isAtEnd = canvas.scrollLeft + canvas.clientWidth >= canvas.scrollWidth - 2;
	}, {passive: true});
	const observer = new ResizeObserver(drawPicture);
	observer.observe(canvas);
	signal.addEventListener("abort", () => observer.disconnect(), {once: true});

	/* Takes the newest page in front of what is there already. */
	function update(page, newBaseline) {
		const known = page.reports.at(-1)?.id ?? 0;
		const behind = reports.filter((report) => report.id < known);
		const joins = reports.some((report) => report.id >= known);
		baseline = newBaseline;
		if (reports.length === 0 || !joins)
			next = page.next;
		reports = joins ? [...page.reports, ...behind] : page.reports;
		draw();
	}

	return {node, update};
}
