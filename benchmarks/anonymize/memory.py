"""Measure how much memory a refresh takes, for databases of several sizes, side by side.

    python benchmarks/anonymize/memory.py --gigabytes 0.1,1,10 [--message 0]

Each stage is a process of its own, as in a refresh: the highest resident memory of it and of the
programs that it runs, in MiB. PROD is on the same machine, without SSH in between. Needs
PostgreSQL's programs, and a disk with five times the largest size.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg
from measure import BIN, HERE, Server, call

#: As `ci/src/odoo_mta/reach/prod_copy.py` starts it.
SETTINGS = ("wal_level=minimal", "max_wal_senders=0", "full_page_writes=off", "fsync=off")
SETTINGS += ("synchronous_commit=off", "max_wal_size=256MB", "shared_buffers=128MB")
#: Bytes of a partner with all that belongs to it, messages aside.
PARTNER = 4_000
#: What needs more than a constant amount of memory, if it is read at once.
MORE = """
ALTER TABLE mail_message ALTER body SET STORAGE EXTERNAL;
UPDATE mail_message SET body = body || repeat('x', {message});
CREATE TABLE own_copy (id serial PRIMARY KEY, partner_id int REFERENCES res_partner, name varchar);
INSERT INTO own_copy (partner_id, name) SELECT id, name FROM res_partner;
CREATE TABLE own_label (id serial PRIMARY KEY, name varchar);
INSERT INTO own_label (name) SELECT 'Label of ' || md5(id::text) || ' and more' FROM res_partner
  WHERE id % 10 = 0;
INSERT INTO ir_model_data (module, name, model, res_id)
  SELECT '__import__', 'partner_' || id, 'res.partner', id FROM res_partner;
VACUUM FULL ANALYZE;
"""
DECLARED = """
[tables.own_copy]
name = { use = "copy", of = "partner_id.name" }
[keep."labels that people wrote"]
own_label = ["name"]
"""
CLI = "from pipeline.cli.main import main; main()"
#: A VM that is this machine: what would run in its database's container runs here.
LOCAL = """
import subprocess, sys
from contextlib import contextmanager
from pathlib import Path
from pipeline.core.settings.environments import Environments, PROD, resolve
from pipeline.privacy.refresh import fetch, load
from pipeline.remote.ssh import Answer
from pipeline.remote.target import SshTarget

class Local:
    def run(self, argv, stdin=b"", timeout=None, listen=None):
        argv = list(argv)
        if argv[0] == "docker":
            while argv[0] not in ("psql", "pg_dump"):
                argv.pop(0)
            argv[1:1] = ["--host=" + sys.argv[1]]
        with subprocess.Popen(argv, stdin=-1, stdout=-1) as program:
            for piece in (stdin,) if isinstance(stdin, bytes) else stdin:
                program.stdin.write(piece)
            program.stdin.close()
            out = b""
            while data := program.stdout.read(65536):
                if listen:
                    listen(data)
                else:
                    out += data
        return Answer(program.returncode, out, "")

@contextmanager
def connect(target):
    yield Local()

fetch.connect_ssh = load.connect_ssh = connect
target = SshTarget(PROD, "here", "root", Path("key"))
environment = resolve("bench", Environments(), PROD)
"""
FETCH = LOCAL + "fetch.fetch_database(target, environment, 'throwaway')"
LOAD = LOCAL + """
import dataclasses
environment = dataclasses.replace(environment, directory=sys.argv[2])
load.bring(target, environment, 'throwaway')
"""


class Watch(threading.Thread):
    """Samples the server: the room that its files take, and memory next to its cache, in bytes."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server, self.ended = server, threading.Event()
        self.files = self.log = self.memory = 0

    def run(self) -> None:
        query = (
            "SELECT pg_database_size('throwaway') + (SELECT coalesce(sum(size), 0) "
            "FROM pg_ls_tmpdir()), (SELECT sum(size) FROM pg_ls_waldir())"
        )
        postmaster = (self.server.folder / "data/postmaster.pid").read_text().split()[0]
        with psycopg.connect(self.server.dsn("postgres"), autocommit=True) as connection:
            while not self.ended.wait(0.5):
                files, log = connection.execute(query).fetchone() or (0, 0)
                self.files, self.log = max(self.files, int(files)), max(self.log, int(log))
                self.memory = max(self.memory, sum(map(own, children(postmaster))))


def children(pid: str) -> list[str]:
    """The processes that a process started."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def own(pid: str) -> int:
    """Bytes of memory that a process has for itself alone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon"))


def peak(command: list[str], server: Server, folder: Path) -> tuple[float, float]:
    """Run a command; its seconds, and the highest memory of its largest process in MiB."""
    begin = time.monotonic()
    scripts = os.environ.get("PYTHONPATH") or str(HERE.parents[1] / "scripts")
    variables = {"PYTHONPATH": scripts, "PGHOST": str(server.folder), "PGUSER": "odoo"}
    variables |= {"PGDATABASE": "throwaway", "PATH": f"{BIN}:{os.environ['PATH']}"}
    with (folder / "log").open("w") as log:
        program = subprocess.Popen(
            command, env=os.environ | variables, cwd=folder, stdout=log, stderr=log
        )
        _, status, usage = os.wait4(program.pid, 0)
    if status:
        sys.exit((folder / "log").read_text())
    return time.monotonic() - begin, usage.ru_maxrss / 1024


def measured(gigabytes: float, message: int) -> dict[str, str]:
    """One size: what to print, by row."""
    server = Server(SETTINGS)
    found: dict[str, str] = {}
    try:
        partners = round(gigabytes * 1e9 / (PARTNER + 2.5 * message))
        for name in ("bench-prod", "throwaway"):
            server.fresh(name)
        tables = ["-qX", "-v", f"rows={partners}", "-f", str(HERE / "tables.psql"), "bench-prod"]
        call(server.program("psql", *tables))
        more = MORE.format(message=message)
        with psycopg.connect(server.dsn("bench-prod"), autocommit=True) as connection:
            for statement in more.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
            [size] = connection.execute(
                "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind = 'r' "
                "AND relnamespace = 'public'::regnamespace"
            ).fetchone() or (0,)
        found["tables of PROD"] = f"{size / 1e9:.2f} GB"
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            declared = (
                (HERE / "declared.toml").read_text().replace("[keep.", f"{DECLARED}[keep.", 1)
            )
            (folder / "anonymization.toml").write_text(declared)
            python = [sys.executable, "-c"]
            confirm = "--confirm=this database may be overwritten"
            stages = {
                "fetch": [*python, FETCH, str(server.folder)],
                "anonymize": [*python, CLI, "privacy", "anonymize", confirm, "--report=report"],
                "verify": [*python, CLI, "privacy", "verify"],
                "dump and send": [*python, LOAD, str(server.folder), str(folder)],
            }
            watch = Watch(server)
            watch.start()
            for stage, command in stages.items():
                seconds, highest = peak(command, server, folder)
                found[stage] = f"{highest:.0f} MiB, {seconds:.0f} s"
                print(f"{gigabytes} GB, {stage}: {found[stage]}", file=sys.stderr, flush=True)
            watch.ended.set()
            watch.join()
        found["server, next to its cache"] = f"{watch.memory / (1 << 20):.0f} MiB"
        found["server's files"] = f"{watch.files / 1e9:.2f} GB, {watch.files / size:.2f} ×"
        found["its write-ahead log"] = f"{watch.log / 1e9:.2f} GB"
    finally:
        server.stop()
    return found


def main() -> None:
    """Measure what was asked for, and print it as a table of Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", default="0.1,1")
    parser.add_argument("--message", type=int, default=5000, help="bytes added to each message")
    options = parser.parse_args()
    sizes = [float(one) for one in options.gigabytes.split(",")]
    every = [measured(size, options.message) for size in sizes]
    print(f"| | {' | '.join(one.pop('tables of PROD') for one in every)} |")
    print("|---" * (len(every) + 1) + "|")
    for row in every[0]:
        print(f"| {row} | {' | '.join(one[row] for one in every)} |")


if __name__ == "__main__":
    main()
