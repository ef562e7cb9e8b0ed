// SPDX-License-Identifier: BSD-2-Clause
// The real collector on loopback, with a fleet in its store.
import {spawn} from "node:child_process";
import {createHash} from "node:crypto";
import {once} from "node:events";
import {mkdtemp, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {createInterface} from "node:readline";
import {seed} from "./seed.js";

async function start(state, config) {
	const child = spawn(process.env.VTPM_COLLECTOR, ["serve", "--state", state, "--listen", "127.0.0.1:0", "--config", config],
		{stdio: ["ignore", "ignore", "pipe"]});
	const lines = [];
	for await (const line of createInterface({input: child.stderr})) {
		lines.push(line);
		const found = /listening on (http\S+)/.exec(line);
		if (found) {
			child.stderr.resume();
			return {child, url: `${found[1]}/`};
		}
	}
	throw new Error(`the collector did not start: ${lines.join("; ")}`);
}

export async function startCollector({admin, viewer}) {
	const state = await mkdtemp(join(tmpdir(), "vtpm-page."));
	const config = join(state, "collector.conf");
	const digests = join(state, "tokens");
	await writeFile(digests, Object.entries({viewer, admin}).map(([role, token]) =>
		`${role} test-${role} ${createHash("sha256").update(token).digest("hex")}\n`).join(""), {mode: 0o600});
	await writeFile(config, `[auth]\ntokens = ${digests}\n`);
	const {child, url} = await start(state, config);
	const stop = async () => {
		child.kill("SIGTERM");
		const [status] = await once(child, "exit");
		await rm(state, {recursive: true});
		if (status !== 0)
			throw new Error(`the collector ended with status ${status}`);
	};
	const longest = await seed({fill: process.env.VTPM_FILL_STORE, database: join(state, "collector.sqlite"),
		directory: join(state, "evidence"), document: process.env.VTPM_EVIDENCE});
	const get = async (path) => fetch(`${url}v1/${path}`, {headers: {Authorization: `Bearer ${viewer}`}});
	const {vms} = await (await get("vms?limit=200")).json();
	const code = async (token) => (await (await fetch(`${url}v1/sessions/codes`, {method: "POST", body: "{}",
		headers: {Authorization: `Bearer ${token}`, "Content-Type": "application/json"}})).json()).code;
	return {url, vms, longest, stop, code,
		vm: async (uuid) => (await get(`vms/${uuid}`)).json(),
		evidence: async (id) => Buffer.from(await (await get(`reports/${id}/evidence`)).arrayBuffer())};
}
