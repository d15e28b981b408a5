"""`pipeline privacy pack` and `pull`: an anonymized database, from one server to a laptop's."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import psycopg
import pytest

LIVE = "care-dev"


def parameters(server, database: str = LIVE) -> dict[str, str]:
    """What a database says about itself."""
    return dict(server("SELECT key, value FROM ir_config_parameter", database))


def test_from_one_server_to_another(pack, pull, server, databases, tmp_path: Path, verify) -> None:
    code, said = pack("--expires-days", 7)
    assert code == 0 and "copy/uat.dump: 0." in said and "warning" not in said, said
    document = json.loads((tmp_path / "copy/copy.json").read_text())
    assert (document["project"], document["database"]) == ("odoo-care", "care-prod")
    assert (document["series"], document["file"]) == ("19.0", "uat.dump")
    code, said = pull()
    assert code == 0, said
    assert f"{LIVE} is care-prod as of {document['made']} UTC, anonymized; it expires" in said
    assert "replaced" not in said and "warning" not in said
    assert databases() == [LIVE]
    found = parameters(server)
    assert found["pipeline.anonymized"] == document["made"]
    assert found["pipeline.expires"] == document["expires"] > document["made"]
    [(name,)] = server("SELECT name FROM res_partner", LIVE)
    assert name and name != "Anna Doe"
    assert verify()[0] == 0  # the marks are none of its business


def test_the_developers_database_is_kept_and_an_earlier_copy_is_not(
    pack, pull, own, server, databases
) -> None:
    assert pack()[0] == 0
    code, said = pull()
    assert code == 0 and f"the database that it replaced is kept as {LIVE}-replaced" in said
    server("CREATE TABLE mine (done int)", LIVE)
    code, said = pull()
    assert code == 0 and "the database that it replaced is a copy as well, and is gone" in said
    assert databases() == [LIVE, f"{LIVE}-replaced"]
    assert server("SELECT to_regclass('mine')", LIVE) == [(None,)]
    with pytest.raises(psycopg.OperationalError, match="not currently accepting"):
        server("SELECT 1", f"{LIVE}-replaced")
    # One that the developer made after it takes its place.
    server(f'DROP DATABASE "{LIVE}"')
    server(f'CREATE DATABASE "{LIVE}"')
    server("CREATE TABLE ir_config_parameter (key text, value text)", LIVE)
    assert pull()[0] == 0
    assert databases() == [LIVE, f"{LIVE}-replaced"]
    server(f'ALTER DATABASE "{LIVE}-replaced" WITH ALLOW_CONNECTIONS true')
    assert server("SELECT to_regclass('mine')", f"{LIVE}-replaced") == [(None,)]


def test_odoo_may_run_meanwhile(pack, pull, own, server, postgresql: str) -> None:
    """It connects again as soon as its session is ended."""
    assert pack()[0] == 0
    done, sessions = threading.Event(), 0

    def odoo() -> None:
        nonlocal sessions
        while not done.is_set():
            try:
                place = f"host={postgresql} user=odoo dbname={LIVE}"
                with psycopg.connect(place, autocommit=True) as connection:
                    sessions += 1
                    connection.execute("SELECT pg_sleep(60)")
            except psycopg.Error:
                continue

    thread = threading.Thread(target=odoo)
    thread.start()
    try:
        while not sessions:
            time.sleep(0.01)
        code, said = pull()
    finally:
        done.set()
        server(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{LIVE}'")
        thread.join(20)
    assert code == 0 and sessions, said
    assert server("SELECT count(*) FROM res_partner", LIVE) == [(1,)]
