// SPDX-License-Identifier: BSD-2-Clause
// A long identifier: its beginning is shown, all of it can be copied.
import {announce, element} from "./dom.js";

const confirmedMs = 2_000;

/* Where a browser lets nobody write to the clipboard, all of it is shown instead. */
async function copy(text, shown, button) {
	try {
		await navigator.clipboard.writeText(text);
		button.textContent = "Copied";
		announce("Copied.");
		setTimeout(() => {
			button.textContent = "Copy";
		}, confirmedMs);
	} catch {
		shown.textContent = text;
		button.hidden = true;
	}
}

export function copyable(text, length, what) {
	const shown = element("code", {title: text}, text.length > length ? `${text.slice(0, length)}…` : text);
	const button = element("button", {type: "button", class: "quiet copy", "aria-label": `Copy the ${what} ${text}`,
		onclick: () => copy(text, shown, button)}, "Copy");
	return element("span", {class: "copyable"}, shown, button);
}
