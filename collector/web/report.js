// SPDX-License-Identifier: BSD-2-Clause
// One report: what decided, what to do about it, what was proven, and its evidence to keep.
import {evidencePath, send, token} from "./api.js";
import {element, foreign} from "./dom.js";
import {duration, eventLabel, plural, senderWords, statusClass} from "./words.js";

function reasonItem(reason, status, isDecisive) {
	return element("li", {class: isDecisive ? statusClass(status) : ""},
		element("code", {class: "code"}, foreign(reason.code)),
		element("p", {class: "sentence"}, foreign(reason.sentence)),
		reason.remedy ? element("p", {class: "remedy"}, element("span", {class: "unseen"}, "Remedy: "), foreign(reason.remedy)) : null);
}

export function reasonList(report) {
	const reasons = report.verdict?.reasons ?? [];
	return reasons.length > 0 ? element("ol", {class: "reasons"},
		reasons.map((reason, i) => reasonItem(reason, report.status, i === 0))) : null;
}

/* Saves a download that needs the token, which a plain link does not carry. */
async function download(event, id, problem) {
	if (!token())
		return;
	event.preventDefault();
	problem.textContent = "";
	try {
		const url = URL.createObjectURL(await (await send(evidencePath(id))).blob());
		element("a", {href: url, download: `evidence-${id}.json`}).click();
		setTimeout(() => URL.revokeObjectURL(url), 10_000);
	} catch (error) {
		problem.textContent = error.message;
	}
}

export function evidenceLink(id) {
	const problem = element("span", {class: "problem", role: "alert"});
	return element("span", {}, element("a", {href: evidencePath(id), download: `evidence-${id}.json`, class: "download",
		onclick: (event) => download(event, id, problem)}, `Download evidence of report ${id}`), problem);
}

/* What of a TPM's state the quote proves, in words. */
export function provenWords(report) {
	if (!report.is_signed)
		return "Nothing: the TPM signed nothing";
	if (!report.verdict?.quote_verified)
		return "Nothing: the quote does not verify";
	return (report.verdict.proven ?? []).map((word) => word === "pcrs" ? "PCR values" : foreign(word).replaceAll("_", " ")).join(", ") || "–";
}

function entry(name, ...values) {
	return element("div", {}, element("dt", {}, name), element("dd", {}, values));
}

export function reportDetails(report) {
	return [
		reasonList(report),
		element("dl", {class: "facts is-narrow"},
			entry("Proven by the quote", provenWords(report)),
			entry("Event announced", eventLabel(report.event)),
			entry("TPM", report.is_signed ? `${plural(report.reset_count, "reset", "resets")}, ${plural(report.restart_count, "restart", "restarts")}, clock ${duration(report.clock_ms)}` : "–"),
			entry("Sender", senderWords(report.sender)),
			entry("Boot", element("code", {}, report.boot_id ? foreign(report.boot_id) : "unknown")),
			entry("Report before", report.previous ? String(report.previous) : "none"),
			entry("Hash in the chain", element("code", {}, foreign(report.hash ?? "–")))),
		element("p", {}, evidenceLink(report.id)),
	];
}
