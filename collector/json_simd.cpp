/* SPDX-License-Identifier: BSD-2-Clause */
#include <simdjson.h>

#include <string_view>

extern "C" {
#include "collector/json_simd.h"
#include "core/json/build.h"
}

namespace dom = simdjson::dom;

/* What a thread keeps is some 15 times this: an agent's report is below it. */
static constexpr size_t kept_capacity = 65536;

static int add(
	json_build *build, const std::string_view &name, const dom::element &element, error *err);

static int add_items(json_build *build, const dom::element &element, error *err)
{
	const dom::array array = element.get_array().value_unsafe();

	for (const dom::element item : array) {
		const int rc = add(build, {}, item, err);

		if (rc)
			return rc;
	}
	return json_build_end(build, err);
}

static int add_members(json_build *build, const dom::element &element, error *err)
{
	const dom::object object = element.get_object().value_unsafe();

	for (const dom::key_value_pair member : object) {
		const int rc = add(build, member.key, member.value, err);

		if (rc)
			return rc;
	}
	return json_build_end(build, err);
}

/* With all that is in it, as deep as json_build_add() lets it. */
static int add(
	json_build *build, const std::string_view &name, const dom::element &element, error *err)
{
	const dom::element_type type = element.type();
	json_node node = {};
	std::string_view text;
	int rc;

	node.name = name.data();
	node.name_len = name.size();
	switch (type) {
	case dom::element_type::ARRAY:
		node.kind = JSON_NODE_ARRAY;
		break;
	case dom::element_type::OBJECT:
		node.kind = JSON_NODE_OBJECT;
		break;
	case dom::element_type::STRING:
		text = element.get_string().value_unsafe();
		node.kind = JSON_NODE_STRING;
		node.text = text.data();
		node.len = text.size();
		break;
	case dom::element_type::INT64:
		node.kind = JSON_NODE_INTEGER;
		node.integer = element.get_int64().value_unsafe();
		break;
	case dom::element_type::UINT64: /* only what is no int64_t */
	default: /* simdjson 4 has a kind for longer integers, and others may come */
		return error_set(err, ERROR_MALFORMED, "not JSON: an integer over 2^63 - 1");
	case dom::element_type::DOUBLE:
		node.kind = JSON_NODE_REAL;
		node.real = element.get_double().value_unsafe();
		break;
	case dom::element_type::BOOL:
		node.kind = JSON_NODE_BOOL;
		node.is_true = element.get_bool().value_unsafe();
		break;
	case dom::element_type::NULL_VALUE:
		break;
	}
	rc = json_build_add(build, &node, err);
	if (!rc && node.kind == JSON_NODE_ARRAY)
		rc = add_items(build, element, err);
	if (!rc && node.kind == JSON_NODE_OBJECT)
		rc = add_members(build, element, err);
	return rc;
}

/* simdjson passes over a byte order mark in later versions, which JSON may not begin with (RFC 8259
 * section 8.1). */
static simdjson::error_code parse(
	dom::parser &parser, const char *text, size_t len, dom::element &ret_root)
{
	if (std::string_view(text, len).substr(0, 3) == "\xef\xbb\xbf")
		return simdjson::TAPE_ERROR;
	return parser.parse(text, len).get(ret_root);
}

static int build_tree(
	simdjson::error_code code, const dom::element &root, json_build *build, error *err)
{
	if (code == simdjson::MEMALLOC)
		return error_set(err, ERROR_NO_MEMORY, "no memory for JSON");
	if (code)
		return error_set(err, ERROR_MALFORMED, "not JSON: %s", error_message(code));
	return add(build, {}, root, err);
}

static int read(const void *bytes, size_t len, json_tree *ret_tree, error *err)
{
	static thread_local dom::parser parser;
	dom::element root;
	json_build build;
	const char *text = len ? static_cast<const char *>(bytes) : "";
	const simdjson::error_code code = parse(parser, text, len, root);
	int rc;

	json_build_begin(&build, len);
	rc = build_tree(code, root, &build, err);
	if (parser.capacity() > kept_capacity)
		parser = dom::parser();
	if (rc)
		json_tree_free(&build.tree);
	else
		*ret_tree = build.tree;
	return rc;
}

/* Who is refused is told line and column, which jansson knows and simdjson does not. */
int json_simd_parse(const void *bytes, size_t len, size_t max, json_tree *ret_tree, error *err)
{
	JSON_TREE_SCOPED tree = {};
	error refusal;
	int rc = len > max ? -ERROR_TOO_LARGE : read(bytes, len, ret_tree, &refusal);

	if (!rc)
		return 0;
	if (rc != -ERROR_NO_MEMORY) {
		rc = json_tree_parse(bytes, len, max, &tree, err);
		if (rc)
			return rc;
	}
	return error_copy(err, &refusal);
}
