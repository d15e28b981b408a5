"""Backups: how long they are kept, what is trusted, how a dump guards itself."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from pipeline.core.errors import InputError, Refused
from pipeline.core.settings.environments import Environments, resolve
from pipeline.environment.backup import catalog, manifest, parts, retention
from pipeline.environment.backup.dump import script
from pipeline.environment.backup.manifest import (
    DumpFile,
    FilestoreFolder,
    Image,
    InstalledModule,
    Manifest,
)

UAT, PROD = (resolve("odoo-mta", Environments(), name) for name in ("uat", "prod"))


def backup(at, sequence=1, **changes):
    stamp = at if isinstance(at, str) else at.strftime("%Y%m%dT%H%M%SZ")
    values = {
        "stamp": stamp,
        "sequence": sequence,
        "environment": "prod",
        "database": "mta-prod",
        "moment": "2026-01-01 00:00:00+00",
        "reason": "before 1",
        "dump": DumpFile(f"database_{stamp}.dump.gz", 1, "0"),
        "filestore": FilestoreFolder(0, 0, "", 0, (), name=f"filestore_{stamp}"),
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


def test_a_manifest_of_an_older_version_is_read(tmp_path):
    """Without the project, the hashes of an add-on, and the lists of broken files."""
    stamp = "20260101T000000Z"
    data = {
        "format": 1,
        "stamp": stamp,
        "sequence": 4,
        "environment": "prod",
        "database": "mta-prod",
        "moment": "2026-01-01 00:00:00+00",
        "reason": "by hand",
        "dump": {"name": f"database_{stamp}.dump.gz", "size": 1, "sha256": "0"},
        "filestore": {
            "name": f"filestore_{stamp}",
            "files": 2,
            "size": 7,
            "names": "1",
            "linked": 1,
            "missing": ["ab/abc"],
        },
        "image": {"reference": "", "digest": "", "id": "", "version": "1.0", "stored": False},
        "postgres": "17.1",
        "addons": {
            "base": {"version": "19.0.1.3"},
            "new": {"version": None},
            "own": {"version": "19.0.1.0", "code": "c", "update": "u"},
        },
        "rows": {"public.res_users": 5},
        "roles": ["odoo"],
    }
    path = tmp_path / f"manifest_{stamp}.json"
    path.write_text(json.dumps(data | {"sha256": manifest._checksum(data)}))
    read = manifest.read(path)
    assert read.dump == DumpFile(f"database_{stamp}.dump.gz", 1, "0")
    assert read.filestore == FilestoreFolder(2, 7, "1", 1, ("ab/abc",), name=f"filestore_{stamp}")
    assert read.addons == {
        "base": InstalledModule("19.0.1.3"),
        "new": InstalledModule(None),
        "own": InstalledModule("19.0.1.0", "c", "u"),
    }
    again = json.loads(manifest.write(read, tmp_path).read_text())
    assert again["filestore"] == data["filestore"] | {"rotten": [], "damaged": []}
    assert again["dump"] == data["dump"] and manifest.read(path) == read


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
    found = catalog.entries(tmp_path, PROD)
    assert [entry.manifest.sequence if entry.manifest else 0 for entry in found] == [0, 1, 2]
    assert catalog.find(tmp_path, "", PROD).sequence == 2  # by number, not by clock
    assert catalog.find(tmp_path, "20270101T000000Z", PROD).sequence == 1
    with pytest.raises(Refused, match="a backup of prod with the database mta-prod, not of uat"):
        catalog.find(tmp_path, "20270101T000000Z", UAT)
    with pytest.raises(InputError, match="there is no backup of uat"):
        catalog.find(tmp_path, "", UAT)
    with pytest.raises(InputError, match="there is no manifest"):
        catalog.find(tmp_path, "nowhere", PROD)
    with pytest.raises(InputError, match="there is no backup"):
        catalog.find(tmp_path / "empty", "", PROD)
    catalog.mark_verified(found[1].path, "2026", "bytes")
    assert catalog.verified(found[1].path) == "2026"
    parts.remove(tmp_path, [found[1].manifest], PROD)
    assert [entry.path.name for entry in catalog.entries(tmp_path, PROD) if entry.manifest] == [
        "manifest_20260101T000000Z.json"
    ]


def test_the_dump_guards_itself():
    unaccent = {"name": "unaccent", "schema": "public", "version": "1.1"}
    text = script.header("mta-prod", 170004, [{**unaccent, "immutable": ["public.unaccent(text)"]}])
    assert text.index("ON_ERROR_STOP") < text.index("current_database()") < text.index("BEGIN;")
    assert text.index("\nBEGIN;") < text.index("DROP SCHEMA") < text.index("CREATE EXTENSION")
    assert "VALUES ('unaccent', 'public', '1.1', ARRAY['public.unaccent(text)']::text[]);" in text
    assert "COMMIT;" not in text
    end = script.trailer("mta-prod", "now")
    assert end.index("pipeline.outbox") < end.index("\nCOMMIT;\n\\endif\n") < end.index("restored:")
