// SPDX-License-Identifier: BSD-2-Clause
// Who this person is to the collector: nobody, a viewer or an administrator.
import {getStatus, postCode, postEnd, setToken, token} from "./api.js";
import {element} from "./dom.js";

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
	button.hidden = !token();
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

/* The code of an address that somebody was given: "#code=…". */
export const codeIn = (hash) => /^#code=([0-9a-f]{64})$/.exec(hash)?.[1];

export async function signInByCode(code) {
	try {
		setToken((await postCode(code)).token);
	} catch (error) {
		throw error.status === 401 ? new Error("This address was used before, or is too old: each one signs in once.") : error;
	}
	isKnown = false;
}

/* What somebody sees who is not known; `problem` says why, where there is more to say. */
export function signInPage(problem = "") {
	const input = element("input", {type: "password", id: "token", name: "token", autocomplete: "off",
		spellcheck: "false", autocapitalize: "none", required: true});
	const fault = element("p", {class: "problem", role: "alert"}, problem);
	const button = element("button", {type: "submit", class: "main"}, "Sign in");

	async function submit(event) {
		event.preventDefault();
		button.disabled = true;
		fault.textContent = "";
		try {
			await tryToken(input.value.trim());
		} catch (error) {
			fault.textContent = error.message;
			button.disabled = false;
			input.select();
		}
	}
	return element("section", {class: "sign-in"}, element("h1", {}, "Sign in"),
		element("p", {}, "Which vTPMs survived is shown to those who may know."), fault,
		element("h2", {}, "On the collector’s machine"),
		element("p", {}, "Open the address that this prints. It signs in once:"),
		element("code", {class: "command"}, "vtpm-collector page"),
		element("h2", {}, "With a token"),
		element("p", {}, "A viewer’s may look; an administrator’s may also announce events and accept VMs. The token stays in this tab."),
		element("form", {onsubmit: submit}, element("label", {for: "token"}, "Token"),
			element("div", {class: "row"}, input, button)));
}

/* Wires the header's button. `whenChanged` is called after signing in and out. */
export function startSession(whenChanged) {
	changed = whenChanged;
	document.getElementById("session").addEventListener("click", async () => {
		await postEnd().catch(() => {});
		forgetSession();
		await refreshSession().catch(() => {});
		changed();
	});
}
