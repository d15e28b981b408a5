"""Decisions on the VM that need no VM: updates, retention, manifests, alerts, preflight."""

from __future__ import annotations

import http.server
import json
import runpy
import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipeline.environments import Environments, resolve
from pipeline.errors import InputError, Refused, ToolError
from pipeline.vm import addons, alerts, docker, migration, plan, preflight, registry, sql, written
from pipeline.vm.addons import Addon, Change, Code
from pipeline.vm.backup import catalog, dump, filestore, images, manifest, retention
from pipeline.vm.backup.manifest import Image, Manifest
from pipeline.vm.inside import script
from pipeline.vm.journal import Story
from pipeline.vm.older import is_older

INSIDE = Path(addons.__file__).parent / "inside" / "addons.py"


def installed(**versions):
    return {name: {"version": one, "state": "installed"} for name, one in versions.items()}


def test_what_is_updated_and_why():
    database = installed(a="19.0.1.0", b="19.0.1.0", c="19.0.1.0", d="19.0.1.0", e="19.0.1.0")
    database["e"]["state"] = "to upgrade"
    old = {
        "a": Addon("19.0.1.0", update="1", code="1"),
        "b": Addon("19.0.1.0", update="1", code="1"),
        "c": Addon("19.0.1.0", update="1", code="1"),
        "e": Addon("19.0.1.0", update="1", code="1"),
    }
    new = {**old, "d": old["a"]}
    new |= {"a": replace(old["a"], version="19.0.2.0"), "b": replace(old["b"], update="2")}
    new["c"] = replace(old["c"], code="2")
    found = addons.compare(database, old, Code("19.0", new), "image", "")
    assert found.updates == (
        Change("a", "version 19.0.1.0 becomes 19.0.2.0"),
        Change("b", "its files changed"),
        Change("d", "it is not known which code it was last updated with"),
        Change("e", "an earlier update left it in state `to upgrade`"),
    )
    assert found.code == ("c",)


def test_an_image_that_lacks_an_add_on_or_is_older():
    code = Code("19.0", {"a": Addon("19.0.9.0"), "off": Addon("19.0.1.0", installable=False)})
    with pytest.raises(Refused, match="lacks: b, off"):
        addons.compare(installed(a="19.0.1.0", b="1", off="19.0.1.0"), {}, code, "image", "")
    with pytest.raises(Refused, match=r"a 19.0.10.0 \(image: 19.0.9.0\)"):
        addons.compare(installed(a="19.0.10.0"), {}, code, "image", "go back")
    with pytest.raises(Refused, match="of Odoo 20.0, and image has Odoo 19.0"):
        addons.compare(installed(base="20.0.1.3", new="20.0.1.0"), {}, code, "image", "go back")


def test_modules_of_a_new_database():
    code = Code("19.0", {"mine": Addon("1", own=True), "base": Addon("1")})
    assert addons.fresh(code, ()) == ("mine",)
    assert addons.fresh(code, ("sale",)) == ("sale",)
    assert addons.fresh(Code("19.0", {}), ()) == ("base",)
    with pytest.raises(ToolError, match="cannot be listed"):
        addons.parse("Traceback")


@pytest.mark.parametrize(
    ("path", "content", "needs"),
    [
        ("models/a.py", b"x = 1", True),
        ("views/a.xml", b"<odoo/>", True),
        ("__manifest__.py", b"{}", True),
        ("static/src/a.js", b"", False),
        ("tests/test_a.py", b"", False),
        ("README.md", b"", False),
        ("i18n/nl.po", b"", True),
        ("i18n/mta.pot", b"", False),
        ("controllers/main.py", b"class A:\n    def b(self): ...", False),
        ("controllers/main.py", b"class A:\n    _inherit = 'x'", True),
        ("controllers/main.py", b"class A:\n    _name: str = 'x'", True),
        ("controllers/main.py", b"class", True),
    ],
)
def test_which_files_need_an_update(path, content, needs):
    code = runpy.run_path(str(INSIDE))
    assert code["needs_update"](path, content) is needs


def test_hashes_of_an_add_on(tmp_path):
    code = runpy.run_path(str(INSIDE))
    (tmp_path / "static").mkdir()
    (tmp_path / "a.xml").write_text("1")
    (tmp_path / "static" / "b.js").write_text("1")
    (tmp_path / "c.pyc").write_text("1")
    before = code["hashes"](str(tmp_path))
    (tmp_path / "c.pyc").write_text("2")
    assert code["hashes"](str(tmp_path)) == before
    (tmp_path / "static" / "b.js").write_text("2")
    after = code["hashes"](str(tmp_path))
    assert after["update"] == before["update"] and after["code"] != before["code"]
    (tmp_path / "a.xml").write_text("2")
    assert code["hashes"](str(tmp_path))["update"] != before["update"]
    assert code["full_version"]("1.0", "19.0") == "19.0.1.0"
    assert script("addons").startswith('"""Print, as JSON, the add-ons')


def backup(at, sequence=1, **changes):
    stamp = at if isinstance(at, str) else at.strftime("%Y%m%dT%H%M%SZ")
    values = {
        "stamp": stamp,
        "sequence": sequence,
        "environment": "prod",
        "database": "mta-prod",
        "moment": "2026-01-01 00:00:00+00",
        "reason": "before 1",
        "dump": {"name": f"database_{stamp}.dump.gz", "size": 1, "sha256": "0"},
        "filestore": {
            "name": f"filestore_{stamp}",
            "files": 0,
            "size": 0,
            "names": "",
            "missing": [],
        },
        "image": Image(),
        "postgres": "17.1",
    }
    return Manifest(**values | changes)


def test_seven_days_four_weeks_three_months():
    end = datetime(2026, 6, 30, 12, tzinfo=timezone.utc)
    all_of_them = [backup(end - timedelta(hours=12 * n)) for n in reversed(range(400))]
    kept = retention.keep(all_of_them, 7, 4, 3)
    days = sorted({stamp[:8] for stamp in kept})
    assert days == [
        *("20260430", "20260531"),
        *("20260614", "20260621", "20260624", "20260625", "20260626"),
        *("20260627", "20260628", "20260629", "20260630"),
    ]
    assert kept[all_of_them[-1].stamp] == "newest" and len(kept) == len(days)
    assert retention.keep([], 7, 4, 3) == {}
    assert list(retention.keep(all_of_them[:1], 0, 0, 0)) == [all_of_them[0].stamp]


def test_days_without_a_backup_do_not_count():
    old = [backup(datetime(2020, 1, day, tzinfo=timezone.utc)) for day in (1, 2, 3)]
    assert len(retention.keep(old, 2, 0, 0)) == 2


def test_a_manifest_that_was_touched_is_not_trusted(tmp_path):
    path = manifest.write(backup("20260101T000000Z"), tmp_path)
    assert manifest.read(path) == backup("20260101T000000Z")
    text = path.read_text()
    path.write_text(text.replace('"sequence": 1', '"sequence": 2'))
    with pytest.raises(Refused, match="changed since it was written"):
        manifest.read(path)
    path.write_text(text[: len(text) // 2])
    with pytest.raises(Refused, match="not a manifest that can be trusted"):
        manifest.read(path)
    other = tmp_path / "manifest_20270101T000000Z.json"
    other.write_text(text)
    with pytest.raises(Refused, match="its name should be manifest_20260101T000000Z.json"):
        manifest.read(other)
    data = json.loads(text)
    data["format"] = 99
    data.pop("sha256")
    data["sha256"] = manifest._checksum(data)
    path.write_text(json.dumps(data))
    with pytest.raises(Refused, match="format 99"):
        manifest.read(path)


def test_the_catalog(tmp_path):
    for number, stamp in ((2, "20260101T000000Z"), (1, "20270101T000000Z")):
        manifest.write(backup(stamp, number), tmp_path)
    (tmp_path / "manifest_20260202T000000Z.json").write_text("{")
    found = catalog.entries(tmp_path)
    assert [entry.manifest.sequence if entry.manifest else 0 for entry in found] == [0, 1, 2]
    assert catalog.find(tmp_path, "", "prod").sequence == 2  # by number, not by clock
    assert catalog.find(tmp_path, "20270101T000000Z", "prod").sequence == 1
    with pytest.raises(Refused, match="a backup of prod, not of uat"):
        catalog.find(tmp_path, "", "uat")
    with pytest.raises(InputError, match="there is no manifest"):
        catalog.find(tmp_path, "nowhere", "prod")
    with pytest.raises(InputError, match="there is no backup"):
        catalog.find(tmp_path / "empty", "", "prod")
    catalog.mark_verified(found[1].path, "2026", "bytes")
    assert catalog.verified(found[1].path) == "2026"
    catalog.remove(tmp_path, [found[1].manifest])
    assert [entry.path.name for entry in catalog.entries(tmp_path) if entry.manifest] == [
        "manifest_20260101T000000Z.json"
    ]


def test_parts_without_a_manifest_are_no_backup(tmp_path):
    manifest.write(backup("20260101T000000Z"), tmp_path)
    kept = tmp_path / "database_20260101T000000Z.dump.gz"
    kept.write_text("x")
    (tmp_path / "database_20260202T000000Z.dump.gz").write_text("x")
    (tmp_path / "database_20260303T000000Z.dump.gz.partial").write_text("x")
    (tmp_path / "filestore_20260303T000000Z.partial").mkdir()
    assert len(catalog.clean(tmp_path)) == 3
    assert kept.exists() and len(list(tmp_path.iterdir())) == 2


def test_the_dump_guards_itself():
    rows = [{"name": "unaccent", "schema": "public", "immutable": ["unaccent(text)"]}]
    text = dump.header("mta-prod", 170004, rows)
    assert text.index("ON_ERROR_STOP") < text.index("current_database()") < text.index("BEGIN;")
    assert text.index("\nBEGIN;") < text.index("DROP SCHEMA") < text.index("CREATE EXTENSION")
    assert "ALTER FUNCTION unaccent(text) IMMUTABLE;" in text
    assert "COMMIT" not in text
    assert dump.trailer("mta-prod", "now").startswith("COMMIT;\n\\endif\n")


def test_quoting():
    assert sql.name('a"b') == '"a""b"'
    assert sql.text("it's") == "'it''s'" and sql.text("a\\b") == "E'a\\\\b'"
    assert sql.formatted("ALTER DATABASE @ SET a TO 'b'", "x-y") == (
        "ALTER DATABASE \"x-y\" SET a TO 'b'"
    )


def test_commands_are_argument_lists():
    uat = resolve("odoo-mta", Environments(), "uat")
    assert docker.up("web") == ("docker", "compose", "up", "--detach", "--no-deps", "web")
    assert "--renew-anon-volumes" in docker.up_renewed("web")
    assert docker.up_beside("web", 2)[-4:] == ("--no-recreate", "--scale", "web=2", "web")
    assert docker.one_off("web", "name", ("python3",), ("-c", "x")) == (
        *("docker", "compose", "run", "--rm", "--no-deps", "--no-TTY", "--name", "name"),
        *("--entrypoint", "python3", "web", "-c", "x"),
    )
    assert docker.psql(uat, "mta-uat", "tag")[:7] == (
        *("docker", "exec", "--interactive", "--env", "PGAPPNAME=tag", "odoo-mta-db", "psql"),
    )
    assert migration.arguments("db", ["a", "b"], [], 19)[:5] == (
        ["odoo", "--database", "db", "--update", "a,b"]
    )
    assert "--without-demo=all" in migration.arguments("db", [], ["a"], 18)
    assert "--without-demo=all" not in migration.arguments("db", [], ["a"], 19)


def test_errors_in_odoo_s_log():
    log = (
        "2026-01-01 10:00:00,000 1 INFO db odoo: fine\n"
        "2026-01-01 10:00:01,000 1 ERROR db odoo: bad\nTraceback\n  line\n"
        "2026-01-01 10:00:02,000 1 WARNING db odoo: ERROR is only a word here\n"
    )
    assert migration.errors(log).splitlines() == log.splitlines()[1:4]


def test_names_of_files_in_a_filestore():
    assert filestore.checksum(["b", "a"]) == filestore.checksum(["a", "b"])
    assert images.folder(Path("/b"), "sha256:" + "a" * 64).name == "a" * 24


def test_which_registry_an_image_comes_from():
    assert registry.address("10.87.0.1:5000/a/b@sha256:0") == "10.87.0.1:5000"
    assert registry.address("localhost/a") == "localhost"
    assert registry.address("resultrum/odoo-mta:1") == "https://index.docker.io/v1/"


def test_space_is_added_up_by_disk(tmp_path):
    needed = preflight.needs(10 << 20, True, tmp_path / "data", tmp_path / "backups")
    assert needed[tmp_path / "data"] == (20 << 20) + preflight.MARGIN
    preflight.space({tmp_path / "x": 1})
    with pytest.raises(ToolError, match="MB are free"):
        preflight.space({tmp_path / "x" / "y": 1 << 60, tmp_path: 1})


def test_what_the_machine_lacks():
    assert preflight.small(4 << 30, 2) == ""
    assert preflight.small(1 << 30, 1) == "1024 MB of memory, 1 CPU"
    assert preflight.new_enough("v2.26.1-4", (2, 10)) and not preflight.new_enough("?", (2, 10))


def test_the_plan_as_rows():
    found = {
        "environment": "uat",
        "from": {"version": "", "digest": ""},
        "to": {"version": "2", "digest": "sha256:2"},
        "updates": [["a", "its files changed"]],
        "why": "to update: a",
        "downtime_seconds": 12.4,
        "disk_bytes": 3,
        "backup_age_seconds": 7200,
    }
    rows = dict(plan.rows(found, str))
    assert rows["from"] == "- nothing runs" and rows["update"] == "a: its files changed"
    assert rows["downtime"] == "about 12 s" and rows["last backup"] == "2.0 h ago"


def test_what_was_written_in_words():
    rows = [{"name": f"t{n}", "new": n, "changed": 1 if n else 0} for n in range(3)]
    assert written.text([]) == "nothing was written since"
    assert written.text(rows, 2) == (
        "written since: t0: 0 new; t1: 1 new, 1 changed; and 1 more tables"
    )


def test_the_alert_names_everything_but_secrets(tmp_path):
    story = Story(began={"at": 10.0, "request": {"version": "1.2"}}, begun=("migrate",), last=70.0)
    said = alerts.text("prod", "deploy", story, "stopped", "it broke", "roll back", "https://run")
    for part in (
        "PROD",
        "deploy 1.2",
        "stopped",
        "step: migrate",
        "60 s",
        "it broke",
        "https://run",
    ):
        assert part in said
    assert alerts.wanted("deploy", True, "done", True)
    assert not alerts.wanted("deploy", False, "done", True)
    assert alerts.wanted("deploy", False, "rolled-back", True)
    assert alerts.webhook(tmp_path / "nowhere", {}) == ""
    assert alerts.webhook(None, {"SLACK_WEBHOOK_URL": " https://x "}) == "https://x"


def test_a_broken_channel_is_said_without_its_address():
    for address in ("http://127.0.0.1:9/hidden", "file:///hidden", "http://[hidden"):
        problem = alerts.send(address, "text")
        assert problem and "hidden" not in problem


@pytest.mark.parametrize(("status", "says"), [(200, ""), (500, "the channel answered 500")])
def test_an_alert_arrives(status, says):
    heard = []

    class Channel(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *arguments):
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Channel) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert alerts.send(f"http://127.0.0.1:{server.server_port}/", "text") == says
        thread.join()
    assert heard == [{"text": "text"}]


def test_a_small_database_is_copied_without_checkpoints():
    assert "STRATEGY wal_log" in sql.copy("a", "b", "odoo", (256 << 20) - 1)
    assert "STRATEGY file_copy" in sql.copy("a", "b", "odoo", 256 << 20)


@pytest.mark.parametrize(
    ("version", "running", "older"),
    [
        ("1.9.0", "1.10.0", True),
        ("1.10.0", "1.9.0", False),
        ("1.0", "1.0.0", False),
        ("2.0.0-rc.1", "2.0.0", True),
        ("2.0.0", "2.0.0-rc.1", False),
        ("v1", "2", True),
        ("1.0.0", "", False),
        ("blue", "1.0.0", False),
    ],
)
def test_which_version_is_older(version, running, older):
    assert is_older(version, running) is older
