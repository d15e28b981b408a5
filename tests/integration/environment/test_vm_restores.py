"""A restore on top of whatever a database can have: twice, by the guide's own command."""

from __future__ import annotations

import re
import socket
import subprocess
import threading

import pytest
from database_objects import OBJECTS, statements

from pipeline.environment.outbox import hold_sql

#: Catalogs of objects that a database has for itself: those with a number for each row.
CATALOGS = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'oid'
 WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared
"""
#: Kinds within a catalog; each letter is one.
KINDS = {
    ("pg_class", "relkind"): set("rpvmfSiIct"),
    ("pg_proc", "prokind"): set("fpaw"),
    ("pg_type", "typtype"): set("bcderm"),
    ("pg_constraint", "contype"): set("cfputx"),
}
#: Made after the backup, all of it: nothing may be left of it.
LATER = """
ALTER EVENT TRIGGER stubborn DISABLE; ALTER EVENT TRIGGER stubborn_as_well DISABLE;
CREATE SCHEMA later; CREATE TABLE later.one (a int);
CREATE PUBLICATION later; CREATE CAST (int AS inet) WITH INOUT;
CREATE EXTENSION pg_trgm WITH SCHEMA later;
CREATE FOREIGN DATA WRAPPER later; CREATE SERVER later FOREIGN DATA WRAPPER later;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;
SELECT lo_create(47130); DELETE FROM ONLY shop.goods; DROP EXTENSION earthdistance;
ALTER EXTENSION hstore UPDATE;
ALTER EVENT TRIGGER stubborn ENABLE ALWAYS; ALTER EVENT TRIGGER stubborn_as_well ENABLE;
"""


@pytest.fixture
def shop(vm):
    """A database with everything, whose roles go again."""
    vm.sql(statements())
    yield vm
    vm.server.sql(f'DROP DATABASE "{vm.database}" WITH (FORCE)')
    vm.server.sql("DROP ROLE shop_reader; DROP ROLE shop_owner")


def contents(vm) -> str:
    """All that pg_dump writes of a database, and what it does not."""
    ours = f"--exclude-schema={hold_sql.SCHEMA}"  # a restore makes it
    where = ["--host", str(vm.server.folder), "--username", "odoo", "--dbname", vm.database]
    argv = ["pg_dump", "--no-subscriptions", ours, *where]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    versions = "SELECT extname, extversion, extnamespace::regnamespace FROM pg_extension ORDER BY 1"
    changed = "SELECT provolatile FROM pg_proc WHERE proname = 'unaccent' ORDER BY 1"
    text = re.sub(r"(?m)^\\(un)?restrict .*$", "", done.stdout)
    return f"{text}\n{vm.sql(versions)}\n{vm.sql(changed)}"


def restore(vm) -> tuple[int, str]:
    [dump] = vm.backups.glob("database_*.dump.gz")
    return vm.shell(f"zcat {dump} | docker exec -i odoo-mta-db psql -U odoo -d {vm.database}")


def test_every_class_of_objects_has_an_example(shop):
    missing = [name for name in shop.sql(CATALOGS).split() if name not in OBJECTS]
    assert missing == [], "add an example to database_objects.py"
    for name in OBJECTS:
        assert shop.sql(f"SELECT count(*) FROM {name} WHERE oid >= 16384") != "0", name
    for (name, column), kinds in KINDS.items():
        rows = shop.sql(f"SELECT DISTINCT {column} FROM {name} WHERE oid >= 16384")
        assert set(rows.split()) == kinds, (name, column)


def test_a_restore_on_top_and_a_second_one(shop):
    before = contents(shop)
    assert shop.command("backup", "create")[0] == 0
    shop.sql(LATER)
    assert contents(shop) != before
    for _ in range(2):
        code, said = restore(shop)
        assert code == 0 and said.startswith('restored: "mta-uat" as of'), said
        assert contents(shop) == before
    assert shop.sql("SELECT to_regnamespace('pipeline_restore') IS NULL") == "t"
    # Row-level security hid nothing, and every event trigger is awake again.
    assert shop.sql("SELECT count(*) FROM shop.orders") == "1"
    with pytest.raises(AssertionError, match="no changes, please: CREATE TABLE"):
        shop.sql("CREATE TABLE public.refused (a int)")


def test_nothing_is_committed_before_the_end(shop):
    """Large objects and procedures have words of their own that end a transaction."""
    shop.command("backup", "create")
    shop.sql("DELETE FROM ONLY shop.goods")
    [dump] = shop.backups.glob("database_*.dump.gz")
    whole = dump.read_bytes()
    last = whole.rindex(b"\x1f\x8b\x08")  # the member that commits
    dump.write_bytes(whole[:last])
    code, said = restore(shop)
    assert code != 0 and "restored:" not in said
    assert shop.sql("SELECT count(*) FROM ONLY shop.goods") == "0"
    dump.write_bytes(whole)
    assert restore(shop)[0] == 0
    assert shop.sql("SELECT count(*) FROM ONLY shop.goods") == "2"


def test_prepared_transactions_are_named_before_anything_is_touched(vm):
    vm.sql("BEGIN; INSERT INTO res_partner (name) VALUES ('x'); PREPARE TRANSACTION 'the bank''s';")
    try:
        assert vm.command("backup", "create")[0] == 0  # nothing stands in the way of one
        code, said = restore(vm)
        assert (
            code != 0 and "prepared transactions hold locks in this database: 'the bank''s'" in said
        )
        assert "nothing was changed" in said
        for code, said in (vm.command("rollback"), vm.deploy("v2")):
            assert code != 0 and "the bank''s" in said and vm.running("odoo-mta-web") == ["v1"]
    finally:
        vm.sql("ROLLBACK PREPARED 'the bank''s'")
    assert restore(vm)[0] == 0


def test_a_subscription_is_dropped_and_its_publisher_is_not_asked(vm):
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as publisher:

        def listen() -> None:
            try:
                while True:
                    asked.append(publisher.accept()[0].close())
            except OSError:
                pass

        threading.Thread(target=listen, daemon=True).start()
        port = publisher.getsockname()[1]
        vm.sql(
            f"CREATE SUBSCRIPTION feed CONNECTION 'host=127.0.0.1 port={port} password=hush-hush' "
            "PUBLICATION news WITH (connect = false, slot_name = 'kept_slot'); "
            # A table that is not in step yet: dropping asks the publisher for its slot.
            "INSERT INTO pg_subscription_rel SELECT oid, 'res_partner'::regclass, 'd', NULL "
            "FROM pg_subscription"
        )
        try:
            assert vm.command("backup", "create")[0] == 0
            [dump] = vm.backups.glob("database_*.dump.gz")
            text = subprocess.run(["zcat", dump], capture_output=True, check=True).stdout
            assert b"hush-hush" not in text and b"CREATE SUBSCRIPTION" not in text
            code, said = restore(vm)
            assert code == 0, said
            assert "the subscription feed (publications: news) is not part of a backup" in said
            assert "slot kept_slot" in said and "hush-hush" not in said
            assert vm.sql("SELECT count(*) FROM pg_subscription") == "0"
        finally:
            left = "SELECT format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', subname) FROM "
            vm.sql(f"{left} pg_subscription \\gexec\nDROP SUBSCRIPTION IF EXISTS feed")
        publisher.shutdown(socket.SHUT_RDWR)
    assert asked == []
