/* SPDX-License-Identifier: BSD-2-Clause */
/* Databases of earlier schemas: nothing is lost, and what is new holds for what is old. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/collector/fixture.h"
#include "tests/unit/fixture/data.h"

/* tests/data/store/schema-1.sql is what the program of then wrote. */
static void make_database(const struct fixture *fixture, const char *dump, const char *change)
{
	size_t len;
	char *sql = (char *)data_read(dump, &len), *message = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message))
		fail_msg("%s", message);
	if (sqlite3_exec(db, change, NULL, NULL, &message))
		fail_msg("%s", message);
	sqlite3_close(db);
	free(sql);
}

struct asking {
	uint8_t key[34];
	char owner[TEXT_UUID_SIZE];
};

static void judge(struct store_change *change, void *context)
{
	memcpy(((struct asking *)context)->owner, change->owner, sizeof(change->owner));
}

/* Whose the key of `len` times `fill` is, asked for VM `vm`. */
static const char *owner(struct fixture *fixture, unsigned int vm, uint8_t fill, size_t len)
{
	static struct asking asking;
	struct store_item item = {.judge = judge, .context = &asking, .keys = {{asking.key, len}}};
	struct store_batch batch = {.items = &item, .item_count = 1};

	snprintf(item.uuid, sizeof(item.uuid), "%s", fixture_uuid(vm));
	memset(asking.key, fill, sizeof(asking.key));
	if (store_write(fixture->store, &batch, &fixture->err))
		fail_msg("%s", fixture->err.message);
	return asking.owner;
}

static bool take_detail(const struct store_audit *audit, void *context)
{
	buf_printf(context, "%d %s;", (int)audit->link.id, audit->detail);
	return true;
}

static void test_schema_1(void **state)
{
	struct fixture *fixture = *state;
	struct order order = order_make(9, "five");
	struct whole_check check;
	BUF_SCOPED text = {0};

	make_database(fixture, "store/schema-1.sql", "");
	fixture_open(fixture);
	assert_int_equal(fixture_faults(fixture, &check), 0);
	assert_int_equal(check.vms, 3);
	assert_int_equal(check.appraisals, 4);
	assert_int_equal(check.events, 3);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 9), "three,one");
	assert_int_equal(fixture_vm(fixture, 2).baseline.id, 2);
	store_list_audit(fixture->store, 0, 9, take_detail, &text, &fixture->err);
	assert_string_equal((char *)text.data, "1 live-migration until 1970-01-01T00:00:00Z;"
					       "2 2 added;3 report 4: ticket's 7;");
	/* Each key is known, and what two VMs were known by is the first one's. */
	assert_string_equal(owner(fixture, 4, 0x11, 32), fixture_uuid(1));
	assert_string_equal(owner(fixture, 4, 0x12, 32), fixture_uuid(1));
	assert_string_equal(owner(fixture, 2, 0x12, 32), fixture_uuid(1));
	assert_string_equal(owner(fixture, 4, 0x21, 32), fixture_uuid(2));
	assert_string_equal(owner(fixture, 2, 0xa1, 34), fixture_uuid(1));
	assert_string_equal(owner(fixture, 1, 0xa1, 34), "");
	assert_string_equal(owner(fixture, 4, 0x31, 32), fixture_uuid(3));
	/* And it goes on. */
	snprintf(order.audit.action, sizeof(order.audit.action), "enrol");
	fixture_write(fixture, &order, fixture_uuid(1));
	fixture_reopen(fixture);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 9), "five,three,one");
	assert_int_equal(fixture_faults(fixture, &check), 0);
	assert_int_equal(check.appraisals, 5);
	assert_int_equal(check.events, 4);
}

/* What cannot be carried over is refused, and stays as it is. */
static void test_a_wrong_one_stays(void **state)
{
	struct fixture *fixture = *state;
	sqlite3 *db;
	sqlite3_stmt *statement;
	char change[400];

	snprintf(change, sizeof(change), "UPDATE audit SET action = '%0*d' WHERE id = 3", 300, 0);
	make_database(fixture, "store/schema-1.sql", change);
	assert_int_equal(store_sqlite_open(fixture->path, 0, &fixture->store, &fixture->err),
		-ERROR_MALFORMED);
	assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
	sqlite3_prepare_v2(db,
		"SELECT user_version, (SELECT count(*) FROM pragma_table_info('audit')) "
		"FROM pragma_user_version",
		-1, &statement, NULL);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(statement, 0), 1);
	assert_int_equal(sqlite3_column_int(statement, 1), 6);
	sqlite3_finalize(statement);
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_schema_1, fixture_folder, fixture_end),
		cmocka_unit_test_setup_teardown(
			test_a_wrong_one_stays, fixture_folder, fixture_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
