// SPDX-License-Identifier: BSD-2-Clause
// Elements without markup: whatever text goes in comes out as text.

const svgNamespace = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes)) {
		if (name.startsWith("on"))
			node.addEventListener(name.slice(2), value);
		else if (value === true)
			node.setAttribute(name, "");
		else if (value !== false && value !== null && value !== undefined)
			node.setAttribute(name, value);
	}
	node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
	return node;
}

/* element("a", {href: "#/"}, "text", child, [children]): null children and attributes are left out. */
export function element(name, attributes = {}, ...children) {
	return fill(document.createElement(name), attributes, children);
}

export function shape(name, attributes = {}, ...children) {
	return fill(document.createElementNS(svgNamespace, name), attributes, children);
}

/* What a guest says of itself: no character in it may hide, or turn others around. */
export function foreign(text) {
	return String(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
		(character) => `\\u{${character.codePointAt(0).toString(16)}}`);
}

/* Tells a screen reader, once, what others see. */
export function announce(text) {
	document.getElementById("announcer").textContent = text;
}

/* Replaces what the page shows. `title` becomes the document's; focus goes to the heading where the
 * person navigated here. */
export function show(title, nodes, takesFocus) {
	document.title = title;
	const main = document.getElementById("main");
	main.replaceChildren(...nodes);
	if (!takesFocus)
		return;
	window.scrollTo(0, 0);
	const heading = main.querySelector("h1");
	if (heading) {
		heading.tabIndex = -1;
		heading.focus({preventScroll: true});
	}
}
