// SPDX-License-Identifier: BSD-2-Clause
// Who this person is to the collector: nobody, a viewer or an administrator.
import {getStatus, setToken, token} from "./api.js";
import {element} from "./dom.js";
import {openDialog} from "./dialog.js";

let roles = new Set();
let isKnown = false;
let changed = () => {};

export const isAdmin = () => roles.has("admin");
export const mayView = () => roles.has("viewer") || roles.has("admin");

/* Agents have receipts of reports that the collector does not have. */
function showBehind(report) {
	const notice = document.getElementById("behind");
	notice.hidden = !report;
	notice.textContent = report ? `This collector is behind its agents: report ${report} was acknowledged and is not here. ` +
		"Was an older copy of its database put back? What is shown may be older than it looks." : "";
}

function showWho(status) {
	const who = document.getElementById("who");
	const button = document.getElementById("session");
	who.textContent = isAdmin() ? "Admin" : mayView() ? "Read-only" : "Not signed in";
	who.title = status ? `vtpm-collector ${status.version}, ${status.store} store, ${status.enrolment} enrolment` : "";
	showBehind(status?.lost_report);
	button.textContent = token() ? "Sign out" : "Sign in";
	button.hidden = false;
}

/* Asks the collector what this caller may do. */
export async function refreshSession() {
	try {
		const status = await getStatus();
		roles = new Set(status.roles);
		isKnown = true;
		showWho(status);
	} catch (error) {
		if (error.status !== 401 && error.status !== 403)
			throw error;
		roles = new Set();
		isKnown = true;
		if (error.status === 401)
			setToken(null);
		showWho(null);
	}
}

export async function ensureSession() {
	if (!isKnown)
		await refreshSession();
}

/* The collector refused what it allowed before: the token was withdrawn. */
export function forgetSession() {
	setToken(null);
	roles = new Set();
	isKnown = false;
}

async function tryToken(candidate) {
	if (!candidate)
		throw new Error("Enter a token.");
	try {
		await getStatus({credential: candidate});
	} catch (error) {
		throw error.status === 401 ? new Error("The collector does not know this token.") : error;
	}
	setToken(candidate);
	await refreshSession();
	changed();
}

export function askForToken() {
	const input = element("input", {type: "password", id: "token", name: "token", autocomplete: "off",
		spellcheck: "false", autocapitalize: "none", required: true});
	openDialog({
		title: "Sign in",
		nodes: [
			element("p", {}, "With a viewer’s token you may look, with an administrator’s also announce events and accept VMs. It stays in this tab until you sign out or close it."),
			element("label", {for: "token"}, "Token"), input,
		],
		action: "Sign in",
		submit: () => tryToken(input.value.trim()),
	});
}

/* Wires the header's button. `whenChanged` is called after signing in and out. */
export function startSession(whenChanged) {
	changed = whenChanged;
	document.getElementById("session").addEventListener("click", async () => {
		if (!token()) {
			askForToken();
			return;
		}
		forgetSession();
		await refreshSession().catch(() => {});
		changed();
	});
}
