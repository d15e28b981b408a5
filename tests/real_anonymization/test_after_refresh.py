"""What testers, and people with old links, meet in an anonymized Odoo."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from pipeline.privacy.anonymize import run
from pipeline.privacy.database.connection import connect_database
from pipeline.privacy.declaration import load
from pipeline.privacy.declaration.privacy import LEVELS
from pipeline.privacy.treatment import system
from pipeline.test.odoo import installation, workplace
from pipeline.test.odoo.prepare import DIRECTORY

pytestmark = pytest.mark.odoo

FILE = Path(__file__).parents[2] / "anonymization.toml"
START = "import sys; from odoo.cli import main; sys.argv[0] = 'odoo'; main()"
LINK = """
user = env.ref("base.user_admin")
user.partner_id.signup_prepare(signup_type="reset")
env.cr.commit()
print("TOKEN", user.partner_id._generate_signup_token())
"""
#: Whatever a page can show: every field, stored or computed, of some records of every model.
READ = """
for name in sorted(env):
    if not env[name]._abstract and not env[name]._transient and env[name]._auto:
        try:
            with env.cr.savepoint():
                env[name].search([], limit=20).read()
        except Exception as error:
            print("BROKEN", name, type(error).__name__)
print("MODELS", len(env))
"""


def odoo(database: str, *arguments: str) -> list[str]:
    """Odoo's command line as its user."""
    configuration = f"--config={DIRECTORY}/full.conf"
    command = (sys.executable, "-c", START, *arguments, configuration, f"--database={database}")
    return list(installation.as_user(command))


@contextmanager
def serving(database: str) -> Iterator[str]:
    """The web server of a database: its address."""
    port = workplace.free_port()
    command = odoo(database, "server", f"--http-port={port}", "--no-database-list")
    with (DIRECTORY / "serving.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=DIRECTORY)
    try:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{url}/web/health", timeout=30).read()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < until
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def login(url: str, database: str, name: str, password: str) -> int | None:
    """The id of the user who logged in; None when refused."""
    parameters = {"db": database, "login": name, "password": password}
    body = json.dumps({"jsonrpc": "2.0", "params": parameters}).encode()
    request = urllib.request.Request(
        f"{url}/web/session/authenticate", body, {"Content-Type": "application/json"}
    )
    answer = json.load(urllib.request.urlopen(request, timeout=60))
    return answer.get("result", {}).get("uid")


def page(url: str) -> str:
    """A page."""
    try:
        return urllib.request.urlopen(url, timeout=60).read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


def shell(database: str, script: str) -> str:
    """What a script prints in Odoo's shell."""
    command = odoo(database, "shell", "--no-http")
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=True)
    return done.stdout


def broken(database: str) -> set[str]:
    """The models of which a record cannot be read."""
    said = shell(database, READ)
    assert "MODELS" in said
    return {line for line in said.splitlines() if line.startswith("BROKEN")}


@pytest.mark.parametrize("level", LEVELS)
def test_testers_log_in_and_old_links_are_refused(copy: Callable[[str], str], level: str) -> None:
    uat = f"uat_{level}"
    dsn = copy(uat)
    before = broken(uat)
    said = shell(uat, LINK)
    token = next(line.split()[1] for line in said.splitlines() if line.startswith("TOKEN"))
    # Nobody logs in meanwhile: that alone would make the link useless.
    with serving(uat) as url:
        assert "Invalid signup token" not in page(f"{url}/web/reset_password?token={token}")
    target = system.NewSite("http://uat.test", password="only for testers")
    declared = load.load_declaration(FILE)
    with connect_database(dsn) as database:
        report = run.anonymize(
            database,
            uat,
            replace(declared, privacy=replace(declared.privacy, level=level)),
            target,
            DIRECTORY / "data/filestore" / uat,
        )
    assert not any(report.integrity.values()) and report.level == level
    assert broken(uat) - before == set()
    with serving(uat) as url:
        assert "Invalid signup token" in page(f"{url}/web/reset_password?token={token}")
        assert not login(url, uat, "admin", "admin")
        assert login(url, uat, "admin", "only for testers")
    with psycopg.connect(dsn) as connection:
        active = connection.execute(
            "SELECT smtp_host FROM ir_mail_server UNION ALL "
            "SELECT cron_name FROM ir_cron WHERE active"
        ).fetchall()
        assert [row[0] for row in active][:1] == ["invalid"] and len(active) <= 2
        (left,) = connection.execute("SELECT count(*) FROM mail_mail WHERE state = 'outgoing'")
        assert left == (0,)
