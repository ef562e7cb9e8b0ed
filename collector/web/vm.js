// SPDX-License-Identifier: BSD-2-Clause
// One VM: its verdict and what to do, its identity, and its history.
import {getBoot, getClaims, getReport, getReports, getVm} from "./api.js";
import {announce, element, foreign, show} from "./dom.js";
import {connectionFails, connectionWorks} from "./connection.js";
import {askToAccept, askToAnnounce} from "./actions.js";
import {bootSection} from "./boot.js";
import {disksSection} from "./disks.js";
import {openHistory} from "./history.js";
import {repeat} from "./poll.js";
import {evidenceLink, provenWords, reasonList} from "./report.js";
import {isAdmin} from "./session.js";
import {badge, duration, eventLabel, isJustAccepted, nameOf, number, plural, senderWords, sentence, statusClass, statusLabel, time, vmSentence, when} from "./words.js";

const pageSize = 50;
const waitSeconds = 25;

function entry(name, ...values) {
	return element("div", {}, element("dt", {}, name), element("dd", {}, values));
}

function link(id) {
	return id ? `report ${id}` : "none";
}

function verdictCard(vm, head) {
	const event = head?.event && head.event !== "none" ? `, with “${eventLabel(head.event)}” announced` : ", with nothing announced";
	return element("section", {class: `verdict-card ${vm.silent_since ? "is-silent" : statusClass(vm.status)}`, "aria-labelledby": "verdict"},
		element("h2", {id: "verdict", class: "headline"}, vm.silent_since ? "Last verdict: " : null, badge(vm.status), element("span", {}, vmSentence(vm))),
		isJustAccepted(vm) ? null : element("p", {class: "quiet-text"}, element("span", {class: "code"}, foreign(vm.continuity)), head ? event : "", ", ",
			time(vm.received), head ? ` in report ${head.id}` : ""),
		head && !isJustAccepted(vm) ? reasonList(head) : null);
}

function announcedBanner(vm) {
	if (!vm.announced)
		return null;
	return element("p", {class: "notice"}, element("strong", {}, eventLabel(vm.announced.event)),
		" is announced, until ", time(vm.announced.until, when(vm.announced.until)), " or a report that shows it.");
}

function silentBanner(vm) {
	if (!vm.silent_since)
		return null;
	return element("section", {class: "notice is-silent", "aria-labelledby": "silent"},
		element("h2", {id: "silent"}, "Nothing is heard of this VM since ", time(vm.silent_since, when(vm.silent_since))),
		element("p", {}, "Whether the verdict below still holds is not known. Look at its console first: a guest whose disk did not open waits there for a recovery key. Else see that the VM runs, and vtpm-agent in it."));
}

function claimItem(claim) {
	return element("li", {}, `Claim ${Number(claim.id)}, by `, element("strong", {}, senderWords(claim.sender)), ", ", time(claim.received, when(claim.received)),
		": ", sentence(claim.continuity), " ", element("code", {}, foreign(claim.reason)),
		claim.keys ? element("code", {class: "line"}, "EK ", foreign(claim.keys.ek)) : element("span", {class: "why"}, "no key was proven"),
		claim.known_as ? element("span", {class: "why"}, "the vTPM of VM ", element("code", {}, foreign(claim.known_as)), ", or a copy") : null);
}

function claimedBanner(uuid, claims) {
	return claims.length > 0 ? element("section", {class: "notice", "aria-labelledby": "claims"},
		element("h2", {id: "claims"}, "Somebody unknown reports as this VM"),
		element("p", {}, "These keys are not its own, and nobody vouches for them: nothing here is changed by it. If one of them is its new vTPM, accept it with ",
			element("code", {}, `vtpm-collector accept ${uuid} --claim ID`), "."),
		element("ul", {class: "claims"}, claims.map(claimItem))) : null;
}

function pendingBanner(vm) {
	return vm.enrolment === "pending" ? element("p", {class: "notice"}, element("strong", {}, "This VM awaits acceptance. "),
		"Its reports are judged, and count only after an administrator accepted it.") : null;
}

function stateFacts(vm, head) {
	return element("dl", {class: "facts"},
		entry("Last report", time(vm.received, when(vm.received))),
		entry("Next report", vm.next_within ? `within ${duration(vm.next_within * 1000)} of the last` : "not promised"),
		entry("Brought by", head ? senderWords(head.sender) : "–"),
		entry("Resets, restarts", `${number(vm.reset_count)}, ${number(vm.restart_count)}`),
		entry("TPM clock", duration(vm.clock_ms), vm.is_safe === false ? " (not yet safe after an unclean stop)" : ""),
		entry("Proven by the quote", head ? provenWords(head) : "–"),
		entry("Baseline", link(vm.baseline)),
		entry("Enrolment", foreign(vm.enrolment)));
}

function identityFacts(vm) {
	return element("dl", {class: "facts is-wide"},
		entry("VM UUID", element("code", {}, vm.uuid)),
		entry("Attestation key’s name", element("code", {}, foreign(vm.ak_name || "–"))),
		entry(plural(vm.eks?.length ?? 0, "endorsement key (SHA-256)", "endorsement keys (SHA-256)"),
			(vm.eks ?? []).map((ek) => element("code", {class: "line"}, foreign(ek)))));
}

export function openVm(uuid, takesFocus, refused) {
	const controller = new AbortController();
	const {signal} = controller;
	let seen = -1;
	let drawn = "";
	let isFirst = true;
	let told = {}; // what the newest report tells of boot and disks

	const top = element("div", {class: "top"});
	const state = element("section", {class: "panel", "aria-labelledby": "state"});
	const guest = element("div", {class: "guest"});
	const identity = element("section", {class: "panel identity", "aria-labelledby": "identity"});
	const history = openHistory(uuid, signal);

	function actions(vm, newest) {
		if (!isAdmin())
			return null;
		return element("div", {class: "actions"},
			element("button", {type: "button", class: "main", onclick: () => askToAnnounce(vm, load)}, "Announce an event…"),
			newest ? element("button", {type: "button", onclick: () => askToAccept(vm, newest, load)}, "Accept as it is…") : null);
	}

	function draw(vm, head, page, claims, boot) {
		const signed = page.reports.find((report) => report.is_signed);
		const focused = top.contains(document.activeElement) ? document.activeElement.textContent : null;
		top.replaceChildren(
			...[silentBanner(vm), announcedBanner(vm), pendingBanner(vm), claimedBanner(vm.uuid, claims), verdictCard(vm, head), actions(vm, signed)].filter(Boolean));
		state.replaceChildren(...[element("h2", {id: "state"}, "State"), stateFacts(vm, head),
			head ? element("p", {}, evidenceLink(head.id)) : null].filter(Boolean));
		guest.replaceChildren(...[disksSection(boot.disks), bootSection(boot.boot, boot.before)].filter(Boolean));
		identity.replaceChildren(element("h2", {id: "identity"}, "Identity"), identityFacts(vm));
		if (focused)
			[...top.querySelectorAll("button, a")].find((node) => node.textContent === focused)?.focus();
		history.update(page, vm.baseline);
	}

	function open(vm) {
		show(`${nameOf(vm)} · vTPM collector`, [
			element("nav", {"aria-label": "Breadcrumb", class: "crumbs"}, element("a", {href: "#/"}, "All VMs")),
			element("div", {class: "head"}, element("h1", {}, element("bdi", {}, nameOf(vm))), element("p", {class: "uuid"}, vm.uuid)),
			element("div", {class: "columns"}, top, state), guest, identity, history.node], takesFocus);
		isFirst = false;
	}

	async function load() {
		const [vm, page] = await Promise.all([getVm(uuid, {signal}), getReports(uuid, {limit: pageSize}, {signal})]);
		const newest = page.reports[0];
		const head = newest ? await getReport(newest.id, {signal}) : null;
		const boot = newest?.id === seen ? null : await getBoot(uuid, {signal});
		const {claims} = vm.claimed_ms ? await getClaims(uuid, {signal}) : {claims: []};
		if (signal.aborted)
			return;
		connectionWorks();
		const text = JSON.stringify([vm, page, claims]);
		if (isFirst)
			open(vm);
		else if (text === drawn)
			return;
		if (seen >= 0 && newest && newest.id !== seen)
			announce(`New report: ${statusLabel(vm.status)}. ${sentence(vm.continuity)}.`);
		drawn = text;
		seen = newest?.id ?? 0;
		told = boot ?? told;
		draw(vm, head, page, claims, told);
	}

	/* Loads, then waits at the collector for what comes next. */
	async function follow() {
		await load();
		await getReports(uuid, {newer: seen, wait: waitSeconds}, {signal});
	}

	function failed(error) {
		if (error.status === 401 || error.status === 403) {
			refused();
			return false;
		}
		if (error.status === 404) {
			show("Not found · vTPM collector", [element("section", {class: "empty"}, element("h1", {}, "No such VM"),
				element("p", {}, "The collector does not know a VM with the UUID ", element("code", {}, uuid), "."),
				element("a", {href: "#/"}, "All VMs"))], takesFocus);
			return false;
		}
		connectionFails(error);
		if (isFirst)
			show("No connection · vTPM collector", [element("section", {class: "empty"}, element("h1", {}, "No connection"),
				element("p", {}, `Nothing can be shown: ${error.message}. Trying again.`))], false);
		return true;
	}

	show("VM · vTPM collector", [element("section", {class: "empty", "aria-busy": "true"}, element("p", {}, "Loading…"))], false);
	repeat(follow, 1_000, signal, failed);
	return {update: () => {}, close: () => controller.abort()};
}
