// SPDX-License-Identifier: BSD-2-Clause
// A question with one action. The browser keeps the focus inside and gives it back afterwards.
import {element} from "./dom.js";

/* `submit` does it, and throws an error whose message the person reads; `isGrave` colours the
 * button. */
export function openDialog({title, nodes, action, submit, isGrave = false}) {
	const problem = element("p", {class: "problem", role: "alert"});
	const button = element("button", {type: "submit", class: isGrave ? "grave" : "main"}, action);
	const form = element("form", {method: "dialog"},
		element("h2", {id: "dialog-title"}, title), nodes, problem,
		element("div", {class: "choices"},
			element("button", {type: "button", onclick: () => dialog.close()}, "Cancel"), button));
	const dialog = element("dialog", {"aria-labelledby": "dialog-title", onclose: () => dialog.remove()}, form);

	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		if (button.disabled)
			return;
		button.disabled = true;
		problem.textContent = "";
		try {
			await submit();
			dialog.close();
		} catch (error) {
			problem.textContent = error.message;
			button.disabled = false;
		}
	});
	document.body.append(dialog);
	dialog.showModal();
	form.querySelector("input, select, textarea")?.focus();
}
