// SPDX-License-Identifier: BSD-2-Clause
// The fleet: every VM in a table, with filters by verdict, search, and pages by cursor.
import {getVms} from "./api.js";
import {announce, element, show} from "./dom.js";
import {connectionFails, connectionWorks} from "./connection.js";
import {repeat} from "./poll.js";
import {badge, duration, eventLabel, nameOf, number, plural, silentMark, statusClass, statusLabel, statuses, time, vmSentence} from "./words.js";

const refreshMs = 15_000;
const searchDelayMs = 250;
const disksFilter = "will-not-open";
const columns = [
	["VM", "c-vm"], ["Verdict", "c-verdict"], ["Announced", "c-announced"], ["Resets", "c-number c-resets"],
	["TPM clock", "c-number c-clock"], ["Last report", "c-when"],
];

function address(query) {
	const used = Object.entries(query).filter(([, value]) => value);
	return used.length > 0 ? `#/?${new URLSearchParams(used)}` : "#/";
}

function vmRow(vm) {
	const pending = vm.enrolment === "pending" ? element("span", {class: "tag"}, "awaits acceptance") : null;
	const silent = vm.silent_since ? element("span", {class: "badge is-silent"}, element("span", {class: "mark", "aria-hidden": "true"}, silentMark),
		`Silent, “${statusLabel(vm.status)}” before`) : null;
	const claimed = vm.claimed_ms ? element("span", {class: "tag is-warning"}, "others report as it") : null;
	const disks = vm.disks?.will_not_open ? element("span", {class: "tag is-bad"}, `${plural(vm.disks.will_not_open, "disk", "disks")} will not open`) : null;
	return element("tr", {class: silent ? "is-silent" : statusClass(vm.status)},
		element("th", {scope: "row", class: "c-vm"},
			element("a", {href: `#/vms/${vm.uuid}`}, element("bdi", {}, nameOf(vm))),
			element("span", {class: "uuid"}, vm.uuid)),
		element("td", {class: "c-verdict"}, silent ?? badge(vm.status), pending, claimed, disks,
			element("span", {class: "why"}, vmSentence(vm)),
			element("span", {class: "why is-narrow-only"}, time(vm.received))),
		element("td", {class: "c-announced"}, vm.announced ? eventLabel(vm.announced.event) : "–"),
		element("td", {class: "c-number c-resets"}, number(vm.reset_count)),
		element("td", {class: "c-number c-clock"}, duration(vm.clock_ms)),
		element("td", {class: "c-when"}, time(vm.received)));
}

function messageRow(text) {
	return element("tr", {class: "message"}, element("td", {colspan: columns.length}, text));
}

export function openFleet(firstParameters, takesFocus, refused) {
	let query = {};
	let controller = new AbortController();
	let drawn = "";
	let worst = null;
	let searchTimer = 0;

	const filters = element("nav", {class: "filters", "aria-label": "Filter by verdict and disks"});
	const search = element("input", {type: "search", id: "search", autocomplete: "off", spellcheck: "false",
		placeholder: "Hostname or UUID", maxlength: "128", "aria-describedby": "search-help"});
	const rows = element("tbody", {}, messageRow("Loading…"));
	const table = element("table", {class: "fleet", "aria-busy": "true"},
		element("caption", {class: "unseen"}, "VMs by UUID, with the latest verdict on each one’s vTPM"),
		element("thead", {}, element("tr", {}, columns.map(([label, kind]) => element("th", {scope: "col", class: kind}, label)))),
		rows);
	const pager = element("nav", {class: "pager", "aria-label": "Pages"});

	function filterLink(attributes, kind, label, count) {
		return element("a", {class: `filter ${kind}`, ...attributes}, element("span", {class: "label"}, label), " ",
			element("span", {class: "count"}, Number.isFinite(count) ? number(count) : "–"));
	}

	/* By disks and by silence, beside those by verdict: all at once may be chosen. */
	function diskLink(disks) {
		const isChosen = query.disks === disksFilter;
		return filterLink({href: address({...query, after: "", disks: isChosen ? "" : disksFilter}), "data-status": "disks",
			"aria-current": isChosen ? "true" : null}, disks?.will_not_open > 0 ? "is-contraindicated" : "", "Disks will not open", disks?.will_not_open);
	}

	function silentLink(count) {
		return filterLink({href: address({...query, after: "", silent: query.silent ? "" : "true"}), "data-status": "silent",
			"aria-current": query.silent ? "true" : null}, "is-silent", "Silent", count);
	}

	function drawFilters(counts, disks, silent) {
		const choices = [["", "All", statuses.reduce((sum, status) => sum + (counts?.[status] ?? 0), 0)],
			...statuses.map((status) => [status, statusLabel(status), counts?.[status]])];
		const focused = filters.contains(document.activeElement) ? document.activeElement.dataset.status : null;
		filters.replaceChildren(...choices.map(([status, label, count]) => filterLink({
			href: address({status, search: query.search, disks: status ? query.disks : "", silent: status ? query.silent : ""}), "data-status": status,
			"aria-current": (query.status ?? "") === status && (status || !(query.disks || query.silent)) ? "true" : null,
		}, status ? statusClass(status) : "", label, counts ? count ?? 0 : NaN)), silentLink(silent), diskLink(disks));
		if (focused !== null)
			filters.querySelector(`[data-status="${focused}"]`).focus();
	}

	function drawRows(vms) {
		const focused = rows.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
		const isFiltered = query.status || query.search || query.disks || query.silent;
		rows.replaceChildren(...(vms.length > 0 ? vms.map(vmRow) : [messageRow(isFiltered ?
			"No VM matches." : "No VM has reported yet. Run “vtpm-agent report” in a guest.")]));
		if (focused)
			rows.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
	}

	function drawPager(next) {
		pager.replaceChildren(
			...query.after ? [element("a", {href: address({...query, after: ""})}, "First page")] : [],
			...next ? [element("a", {href: address({...query, after: next}), rel: "next"}, "Next page")] : []);
	}

	function tellChange(counts) {
		const bad = counts?.contraindicated ?? 0;
		if (worst !== null && bad !== worst)
			announce(`${plural(bad, "VM", "VMs")} did not survive.`);
		worst = bad;
	}

	async function refresh() {
		const answer = await getVms({...query, limit: 50}, {signal: controller.signal});
		connectionWorks();
		table.removeAttribute("aria-busy");
		const text = JSON.stringify([query, answer]);
		if (text === drawn) {
			// only what says "ago" grew older
			for (const at of rows.querySelectorAll("time"))
				at.textContent = time(at.dateTime).textContent;
			return;
		}
		drawn = text;
		drawFilters(answer.counts, answer.disks, answer.silent);
		drawRows(answer.vms);
		drawPager(answer.next);
		tellChange(answer.counts);
	}

	function failed(error) {
		if (error.status === 401 || error.status === 403) {
			refused();
			return false;
		}
		connectionFails(error);
		table.removeAttribute("aria-busy");
		if (!drawn)
			rows.replaceChildren(messageRow(`Nothing can be shown: ${error.message}. Trying again.`));
		return true;
	}

	function update(parameters) {
		const isFirst = drawn === "";
		query = {status: parameters.get("status") ?? "", search: parameters.get("search") ?? "", disks: parameters.get("disks") ?? "", silent: parameters.get("silent") ?? "", after: parameters.get("after") ?? ""};
		if (document.activeElement !== search)
			search.value = query.search;
		if (isFirst)
			drawFilters(null, null, NaN);
		else
			drawFilters(JSON.parse(drawn)[1].counts, JSON.parse(drawn)[1].disks, JSON.parse(drawn)[1].silent);
		table.setAttribute("aria-busy", "true");
		controller.abort();
		controller = new AbortController();
		repeat(refresh, refreshMs, controller.signal, failed);
	}

	function applySearch() {
		clearTimeout(searchTimer);
		const wanted = search.value.trim();
		if (wanted !== query.search)
			location.hash = address({status: query.status, search: wanted, disks: query.disks, silent: query.silent});
	}

	search.addEventListener("input", () => {
		clearTimeout(searchTimer);
		searchTimer = setTimeout(applySearch, searchDelayMs);
	});
	show("VMs · vTPM collector", [
		element("div", {class: "head"}, element("h1", {}, "Virtual machines"),
			element("form", {role: "search", class: "search", onsubmit: (event) => {
				event.preventDefault();
				applySearch();
			}}, element("label", {for: "search", class: "unseen"}, "Search"), search,
			element("span", {id: "search-help", class: "unseen"}, "Part of a hostname, or the beginning of a UUID"))),
		filters, element("div", {class: "sheet"}, table), pager,
	], takesFocus);
	update(firstParameters);
	return {
		update,
		close: () => {
			clearTimeout(searchTimer);
			controller.abort();
		},
	};
}
