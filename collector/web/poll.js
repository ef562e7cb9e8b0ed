// SPDX-License-Identifier: BSD-2-Clause
// Asking again and again without being a burden: not while nobody looks, and ever less often while
// the collector does not answer.

const backoffMaxMs = 120_000;

function pause(ms, signal) {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, ms);
		signal.addEventListener("abort", () => {
			clearTimeout(timer);
			resolve();
		}, {once: true});
	});
}

function untilVisible(signal) {
	return new Promise((resolve) => {
		const look = () => {
			if (document.hidden && !signal.aborted)
				return;
			document.removeEventListener("visibilitychange", look);
			resolve();
		};
		document.addEventListener("visibilitychange", look);
		signal.addEventListener("abort", look, {once: true});
		look();
	});
}

/* Calls `task` until `signal` aborts, `everyMs` after it returned. What it throws goes to `failed`,
 * which returns false to end it. */
export async function repeat(task, everyMs, signal, failed) {
	let wait = everyMs;
	while (!signal.aborted) {
		try {
			await task();
			wait = everyMs;
		} catch (error) {
			if (signal.aborted)
				return;
			if (!failed(error))
				return;
			wait = Math.min(Math.max(wait, 5_000) * 2, backoffMaxMs);
		}
		await pause(wait * (0.9 + Math.random() * 0.2), signal);
		await untilVisible(signal);
	}
}
