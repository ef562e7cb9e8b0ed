// SPDX-License-Identifier: BSD-2-Clause
// Which page is shown: "#/?status=…&search=…&after=…" the fleet, "#/vms/UUID" one VM.
import {element, show} from "./dom.js";
import {openFleet} from "./fleet.js";
import {openVm} from "./vm.js";
import {codeIn, ensureSession, forgetSession, mayView, signInByCode, signInPage, startSession} from "./session.js";

let page = null; /* {key, update(query), close()} */
let hasNavigated = false;
let navigation = 0;

function parseRoute() {
	const [path, query = ""] = location.hash.slice(1).split("?");
	const vm = /^\/vms\/([0-9a-f-]{36})$/.exec(path);
	return vm ? {key: `vm ${vm[1]}`, uuid: vm[1]} : {key: "fleet", query: new URLSearchParams(query)};
}

function closePage() {
	page?.close();
	page = null;
}

function showNotice(title, text, action, label) {
	closePage();
	show(`${title} · vTPM collector`, [
		element("section", {class: "empty"}, element("h1", {}, title), element("p", {}, text),
			element("button", {type: "button", class: "main", onclick: action}, label)),
	], hasNavigated);
}

function showSignIn(problem) {
	closePage();
	show("Sign in · vTPM collector", [signInPage(problem)], hasNavigated);
}

/* Pages call this when the collector refuses them. */
async function refused() {
	forgetSession();
	await navigate("Your session has ended.");
}

/* An address with a code signs in, once. It is of no more use then, and does not stay in the browser's
 * history. Gives what went wrong. */
async function takeCode() {
	const code = codeIn(location.hash);
	if (!code)
		return "";
	history.replaceState(null, "", "#/");
	closePage();
	try {
		await signInByCode(code);
		return "";
	} catch (error) {
		return error.message;
	}
}

async function navigate(problem = "") {
	const mine = ++navigation;
	const fault = await takeCode() || problem;
	const route = parseRoute();
	if (mine !== navigation)
		return;
	if (page && page.key === route.key) {
		page.update(route.query);
		return;
	}
	try {
		await ensureSession();
	} catch (error) {
		if (mine === navigation)
			showNotice("No connection", `Nothing can be shown: ${error.message}.`, () => navigate(), "Try again");
		return;
	}
	if (mine !== navigation)
		return;
	if (!mayView()) {
		showSignIn(fault);
		return;
	}
	closePage();
	page = route.uuid ? openVm(route.uuid, hasNavigated, refused) : openFleet(route.query, hasNavigated, refused);
	page.key = route.key;
	hasNavigated = true;
}

async function reopen() {
	closePage();
	hasNavigated = false;
	await navigate();
}

startSession(reopen);
window.addEventListener("hashchange", () => navigate());
document.querySelector(".skip").addEventListener("click", (event) => {
	event.preventDefault();
	document.getElementById("main").focus();
});
document.getElementById("main").setAttribute("aria-busy", "true");
await navigate();
document.getElementById("main").removeAttribute("aria-busy");
