// SPDX-License-Identifier: BSD-2-Clause
// What a VM booted, as its event log tells: Secure Boot, what was started, and what changed.
import {serverNow} from "./api.js";
import {copyable} from "./copy.js";
import {element, foreign} from "./dom.js";
import {number, plural, statusClass, time} from "./words.js";

const soonMs = 90 * 86_400_000;
const marks = {pass: ["affirming", "✔"], warn: ["warning", "!"], fail: ["contraindicated", "✘"], unknown: ["none", "?"]};

function capital(text) {
	const words = foreign(text);
	return words.charAt(0).toUpperCase() + words.slice(1);
}

/* What the checks of the boot find, but for what passes. */
function checkItem(check) {
	const [status, mark] = marks[check.result] ?? marks.unknown;
	return element("li", {class: statusClass(status)},
		element("p", {class: "sentence"}, element("span", {class: "check-mark", "aria-hidden": "true"}, mark), " ", capital(check.sentence)),
		check.remedy ? element("p", {class: "remedy"}, element("span", {class: "unseen"}, "Remedy: "), element("span", {}, foreign(check.remedy))) : null);
}

function checkList(checks) {
	const told = checks.filter((check) => check.result !== "pass");
	return told.length > 0 ? element("ul", {class: "boot-checks"}, told.map(checkItem)) : null;
}

function changeItem(change) {
	return element("li", {}, element("span", {class: "tag is-first"}, `PCR ${Number(change.pcr)}`), " ", foreign(change.sentence));
}

function eventItem(event) {
	return element("li", {}, element("span", {class: "tag is-first"}, `PCR ${Number(event.pcr)}`), " ",
		element("span", {class: "tag"}, event.kind === "gone" ? "gone" : "new"), " ", foreign(event.meaning),
		element("span", {class: "quiet-text"}, ` ${foreign(event.type)}${event.digest ? ` ${foreign(event.digest)}...` : ""}`));
}

/* What the raw logs of both boots have in PCRs that differ, for who needs it exactly. */
function events(before) {
	const missing = [before.has_log ? null : "the boot before", before.has_later_log ? null : "this boot"].filter(Boolean);
	if (missing.length > 0)
		return element("p", {class: "quiet-text"}, `The raw event log of ${missing.join(" and of ")} is not kept, so single events cannot be compared.`);
	if (before.events.length === 0)
		return null;
	return element("details", {class: "events"}, element("summary", {}, plural(before.events.length + before.events_left_out, "event differs", "events differ")),
		element("ul", {class: "changes"}, before.events.map(eventItem)),
		before.events_left_out > 0 ? element("p", {class: "quiet-text"}, `${plural(before.events_left_out, "more has", "more have")} no room here.`) : null);
}

function changes(before) {
	const title = element("h3", {}, "Changed since the boot before");
	if (!before)
		return [title, element("p", {class: "quiet-text"}, "No report of an earlier boot is kept.")];
	const since = element("p", {class: "quiet-text"}, "Compared with report ", String(Number(before.report)), ", ", time(before.received), ".");
	if (before.changes.length === 0)
		return [title, element("p", {}, before.events.length > 0 ? "Only single events." : "Nothing that the event logs tell of."), events(before), since];
	return [title, element("ul", {class: "changes"}, before.changes.map(changeItem)),
		before.left_out > 0 ? element("p", {class: "quiet-text"}, `${plural(before.left_out, "more change has", "more changes have")} no room here.`) : null, events(before), since];
}

function startedRow(item) {
	return element("tr", {}, element("th", {scope: "row"}, foreign(item.title)),
		element("td", {}, item.name ? element("bdi", {class: "line"}, foreign(item.name)) : null,
			item.digest ? copyable(foreign(item.digest), 16, `digest of ${foreign(item.name || item.title)}`) : null));
}

function startedTable(boot) {
	if (boot.started.length === 0)
		return null;
	return element("table", {class: "started"},
		element("caption", {}, "What was started, in the order of the boot"),
		element("thead", {}, element("tr", {}, ["Kind", "Name and digest"].map((name) => element("th", {scope: "col"}, name)))),
		element("tbody", {}, boot.started.map(startedRow)));
}

function expiry(certificate) {
	const left = Date.parse(certificate.not_after) - serverNow();
	if (Number.isNaN(left))
		return element("td", {}, "–");
	const tag = left < 0 ? "expired" : left < soonMs ? "expires soon" : null;
	return element("td", {class: "c-when"}, foreign(certificate.not_after).slice(0, 10), tag ? element("span", {class: "tag is-warning"}, tag) : null);
}

function certificateTable(boot) {
	if (boot.certificates.length === 0)
		return null;
	return element("table", {class: "certificates"},
		element("caption", {}, "Certificates of Secure Boot"),
		element("thead", {}, element("tr", {}, ["List", "Certificate", "Until"].map((name) => element("th", {scope: "col"}, name)))),
		element("tbody", {}, boot.certificates.map((certificate) => element("tr", {},
			element("th", {scope: "row"}, foreign(certificate.variable)),
			element("td", {}, element("bdi", {}, foreign(certificate.name))), expiry(certificate)))));
}

function entry(name, ...values) {
	return element("div", {}, element("dt", {}, name), element("dd", {}, values));
}

function firmware(boot) {
	const named = `${foreign(boot.firmware_vendor)} ${foreign(boot.firmware_version)}`.trim();
	const lines = [named, boot.firmware && `measured as ${foreign(boot.firmware)}`].filter(Boolean);
	return lines.length > 0 ? entry("Firmware", lines.map((line) => element("span", {class: "line"}, element("bdi", {}, line)))) : null;
}

function facts(boot) {
	const hashes = boot.lists.filter((list) => list.hashes > 0).map((list) => `${foreign(list.name)} ${number(list.hashes)}`);
	return element("dl", {class: "facts is-narrow"},
		boot.authorities.length > 0 ? entry("What signed it", boot.authorities.map((authority) =>
			element("span", {class: "line"}, element("bdi", {}, foreign(authority.name)), ` (${foreign(authority.variable)})`))) : null,
		firmware(boot),
		hashes.length > 0 ? entry("Hashes in lists", hashes.join(", ")) : null);
}

function trust(boot) {
	const proven = boot.checks.some((check) => check.id === "boot-pcrs" && check.result === "pass");
	return element("p", {class: "quiet-text"}, proven ? "By the guest’s event log, which leads to the PCRs that its TPM has; report " :
		"By the guest’s event log, which is the guest’s own word; report ", String(Number(boot.report)), ", ", time(boot.received), ".",
	boot.unproven > 0 ? ` ${plural(boot.unproven, "event is", "events are")} not believed: the data is not what was measured.` : "");
}

/* NULL where no report tells of a boot. */
export function bootSection(boot, before) {
	if (!boot)
		return null;
	return element("section", {class: "panel boot", "aria-labelledby": "boot"},
		element("h2", {id: "boot"}, "Boot"),
		element("p", {class: "lead"}, `${capital(boot.sentence)}.`), trust(boot), checkList(boot.checks), facts(boot),
		changes(before), element("div", {class: "boot-tables"},
			[startedTable(boot), certificateTable(boot)].filter(Boolean).map((table) => element("div", {class: "sheet"}, table))));
}
