// SPDX-License-Identifier: BSD-2-Clause
// Asking the collector (docs/protocol.md, "Operators' requests"). The token stays in this tab: a cookie
// would go to every other server on this host as well, whatever its port.

const storageKey = "vtpm-collector-token";
let clockOffset = 0;

/* A request that failed: `status` of HTTP or 0 where nothing answered, `message` for a person. */
export class ApiError extends Error {
	constructor(status, message) {
		super(message);
		this.status = status;
	}
}

export function token() {
	return sessionStorage.getItem(storageKey);
}

export function setToken(value) {
	if (value)
		sessionStorage.setItem(storageKey, value);
	else
		sessionStorage.removeItem(storageKey);
}

/* Milliseconds since 1970 by the collector's clock: this machine's may be wrong. */
export function serverNow() {
	return Date.now() + clockOffset;
}

async function problemOf(response) {
	let detail = "";
	try {
		detail = String((await response.json()).detail ?? "");
	} catch {
		// not every server in between speaks RFC 9457
	}
	return new ApiError(response.status, detail || `the collector answered ${response.status}`);
}

/* Sends a request and gives the successful response; throws ApiError, or AbortError. */
export async function send(path, {method = "GET", body, signal, credential = token()} = {}) {
	const headers = {};
	if (credential)
		headers.Authorization = `Bearer ${credential}`;
	if (body !== undefined)
		headers["Content-Type"] = "application/json";
	let response;
	try {
		response = await fetch(path, {method, headers, signal, cache: "no-store", credentials: "same-origin",
			body: body === undefined ? undefined : JSON.stringify(body)});
	} catch (error) {
		if (error.name === "AbortError")
			throw error;
		throw new ApiError(0, "the collector does not answer");
	}
	const date = Date.parse(response.headers.get("Date") ?? "");
	if (!Number.isNaN(date) && Math.abs(date - Date.now()) > 2000)
		clockOffset = date - Date.now();
	if (!response.ok)
		throw await problemOf(response);
	return response;
}

async function json(path, options) {
	const response = await send(path, options);
	try {
		return await response.json();
	} catch (error) {
		if (error.name === "AbortError")
			throw error;
		throw new ApiError(0, "the collector's answer is not JSON: is something in between?");
	}
}

function withQuery(path, query) {
	const used = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
	return used.length > 0 ? `${path}?${new URLSearchParams(used)}` : path;
}

const vmPath = (uuid) => `v1/vms/${encodeURIComponent(uuid)}`;

export const postCode = (code) => json("v1/sessions", {method: "POST", body: {code}, credential: null});
export const postEnd = () => json("v1/sessions/end", {method: "POST", body: {}});
export const getStatus = (options) => json("v1/status", options);
export const getVms = (query, options) => json(withQuery("v1/vms", query), options);
export const getVm = (uuid, options) => json(vmPath(uuid), options);
export const getClaims = (uuid, options) => json(`${vmPath(uuid)}/claims`, options);
export const getBoot = (uuid, options) => json(`${vmPath(uuid)}/boot`, options);
export const getReports = (uuid, query, options) => json(withQuery(`${vmPath(uuid)}/reports`, query), options);
export const getReport = (id, options) => json(`v1/reports/${Number(id)}`, options);
export const evidencePath = (id) => `v1/reports/${Number(id)}/evidence`;
export const postAnnouncement = (uuid, body) => json(`${vmPath(uuid)}/announcements`, {method: "POST", body});
export const postAcceptance = (uuid, body) => json(`${vmPath(uuid)}/acceptance`, {method: "POST", body});
