// SPDX-License-Identifier: BSD-2-Clause
import {startServer} from "../fixture/server.js";

export async function startCollector({admin, viewer}) {
	const server = await startServer({root: process.env.VTPM_WEB_DIR, anonymous: [],
		tokens: {[admin]: ["viewer", "admin"], [viewer]: ["viewer"]}});
	const get = async (path) => fetch(`${server.url}v1/${path}`, {headers: {Authorization: `Bearer ${viewer}`}});
	const [uuid, history] = [...server.histories].find(([, reports]) => reports.length > 50);
	return {url: server.url, vms: structuredClone(server.vms), longest: {uuid, count: history.length}, stop: server.stop,
		vm: async (id) => (await get(`vms/${id}`)).json(),
		evidence: async (id) => Buffer.from(await (await get(`reports/${id}/evidence`)).arrayBuffer())};
}
