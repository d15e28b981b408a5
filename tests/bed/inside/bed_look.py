"""On the VM, as root: everything that tells whether an environment is whole, as one JSON text.

Called with the folder, the environment's name, the disk's folder, and the seconds that visitors
may wait; in the place of these `rows`: only what is in the database.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import time
from typing import Any

#: The commands of the pipeline that look, in one process: each start takes longer than its work.
LOOK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from click.testing import CliRunner
from pipeline.cli.main import cli
said = {}
for name, *options in json.loads(sys.argv[3]):
    words = ["environment", *name.split(), "--environment", sys.argv[2], *options]
    answer = CliRunner().invoke(cli, words)
    error = answer.exception
    failed = f"{type(error).__name__}: {error}" if answer.exit_code else ""
    said[name] = [answer.exit_code, answer.output + failed]
print(json.dumps(said))
"""
COMMANDS = [
    ["status", "--format", "json"],
    ["unlock"],
    ["history", "--newest", "6", "--format", "json"],
    ["backup verify"],
]
#: What only a database has that data were written to.
MAILS = """
SELECT json_build_object(
 'mails', (SELECT json_agg(state ORDER BY id) FROM mail_mail),
 'held', (SELECT count(*) FROM pipeline.outbox WHERE outcome = 'held'))
"""
ROWS = """
SELECT json_build_object(
 'boats', (SELECT json_agg(b.name ORDER BY b.name) FROM bed_boat b),
 'lengths', (SELECT json_agg(DISTINCT to_jsonb(b) -> 'length') FROM bed_boat b),
 'version', (SELECT latest_version FROM ir_module_module WHERE name = 'bed_boats'),
 'unfinished', (SELECT count(*) FROM ir_module_module WHERE state LIKE 'to %'),
 'marks', (SELECT json_agg(tablename ORDER BY 1) FROM pg_tables WHERE tablename LIKE 'bed_mark_%'),
 'staged', (SELECT json_agg(DISTINCT store_fname) FROM ir_attachment WHERE name LIKE 'staged %'),
 'partner', (SELECT name FROM res_partner ORDER BY id LIMIT 1))
"""
SERVER = """
SELECT json_build_object(
 'databases', (SELECT json_object_agg(datname, datallowconn) FROM pg_database
               WHERE datname LIKE 'mta-%'),
 'sessions', (SELECT json_agg(application_name) FROM pg_stat_activity
              WHERE application_name LIKE 'pipeline%'))
"""


def main() -> None:
    home, name, disk, patience = sys.argv[1:5]
    if patience == "rows":
        print(json.dumps(rows(f"mta-{name}")))
        return
    found: dict[str, Any] = {"status": visit(float(patience))}
    # Before anything looks at the backups, which writes a note of it.
    found["partial"] = partial("/backups") + partial(home)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        looked = pool.submit(commands, home, name)
        found["server"] = query("postgres", SERVER)
        database = f"mta-{name}"
        databases = (found["server"] or {}).get("databases") or {}
        found["rows"] = rows(database) if databases.get(database) else None
        found["containers"] = containers()
        found["bad_files"] = bad_files(f"{disk}/odoo/filestore/{database}", database, databases)
        found["proxy"] = sorted(os.listdir(f"{home}/proxy/state"))
        found["commands"] = looked.result()
    print(json.dumps(found))


def rows(database: str) -> dict[str, Any]:
    found = query(database, ROWS)
    if psql(database, "SELECT to_regclass('mail_mail')").stdout.strip():
        found.update(query(database, MAILS))
    return found


def visit(patience: float) -> str:
    """What visitors get; asked again for a while, for a container may just begin."""
    deadline = time.monotonic() + patience
    while True:
        asked = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}"]
        said = subprocess.run(
            [*asked, "http://localhost:8069/web/login"], capture_output=True, text=True
        ).stdout
        over = time.monotonic() > deadline
        if said == "200" or over or not any("odoo-mta-web" in line for line in containers()):
            return said
        time.sleep(0.3)


def commands(home: str, name: str) -> dict[str, Any]:
    package = "/home/ubuntu/.local/share/odoo-pipeline/pipeline.pyz"
    line = ["runuser", "-u", "ubuntu", "--", "python3", "-c", LOOK, package, name]
    done = subprocess.run([*line, json.dumps(COMMANDS)], cwd=home, capture_output=True, text=True)
    said: dict[str, Any] = json.loads(done.stdout) if done.stdout else {"failed": done.stderr}
    return said


def psql(database: str, text: str) -> subprocess.CompletedProcess[str]:
    tool = ["docker", "exec", "-i", "odoo-mta-db", "psql", "-U", "odoo", "-d", database, "-tA"]
    return subprocess.run([*tool, "-c", text], capture_output=True, text=True)


def query(database: str, text: str) -> dict[str, Any]:
    done = psql(database, text)
    failed = {"failed": done.stderr}
    said: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else failed
    return said


def partial(place: str) -> list[str]:
    return [
        f"{folder}/{name}"
        for folder, _, names in os.walk(place)
        for name in names
        if name.endswith(".partial")
    ]


def containers() -> list[str]:
    form = '{{.Label "com.docker.compose.service"}} {{.Image}} {{.Names}}'
    listed = ["docker", "ps", "--no-trunc", "--format", form]
    return subprocess.run(listed, capture_output=True, text=True).stdout.splitlines()


def bad_files(store: str, database: str, databases: dict[str, bool]) -> list[str]:
    """Names of the filestore that the database has, and that are not there or something else."""
    if not databases.get(database):
        return []
    asked = "SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname IS NOT NULL"
    bad = []
    for name in psql(database, asked).stdout.split():
        try:
            with open(f"{store}/{name}", "rb") as file:
                good = hashlib.sha1(file.read()).hexdigest() == os.path.basename(name)
        except OSError:
            good = False
        if not good:
            bad.append(name)
    return bad


main()
