// SPDX-License-Identifier: BSD-2-Clause
// The header's word on whether what is shown is fresh.
import {serverNow} from "./api.js";
import {shortWhen} from "./words.js";

let lastAnswer = null;

function say(text) {
	const place = document.getElementById("connection");
	if (place.textContent !== text)
		place.textContent = text;
}

export function connectionWorks() {
	lastAnswer = new Date(serverNow()).toISOString();
	say("");
}

export function connectionFails(error) {
	say(lastAnswer ? `Not updated since ${shortWhen(lastAnswer)}: ${error.message}` : error.message);
}
