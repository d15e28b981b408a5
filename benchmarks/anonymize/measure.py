"""Time ways to bring an anonymized copy of a database to another server.

    python benchmarks/anonymize/measure.py --rows 100000 [--ways ours,guide,pganonymize]

Each way starts from the same database and ends with an anonymized one under another name. Needs
PostgreSQL's programs; pganonymize is used when its command is given with --pganonymize.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
from faker import Faker

HERE = Path(__file__).parent
BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))[-1]
sys.path.insert(0, str(HERE.parents[1] / "scripts"))

from pipeline.privacy.anonymize import run  # noqa: E402
from pipeline.privacy.database.connection import connect_database  # noqa: E402
from pipeline.privacy.declaration import load  # noqa: E402
from pipeline.privacy.treatment import system  # noqa: E402


class Server:
    """A PostgreSQL of our own, with these settings."""

    def __init__(self, settings: Sequence[str] = ("fsync=off", "shared_buffers=256MB")) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bench-"))
        user: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
            user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
        self.control = [*user, str(BIN / "pg_ctl"), f"--pgdata={self.folder}/data", "--silent"]
        initdb = [*user, str(BIN / "initdb"), f"--pgdata={self.folder}/data", "--username=odoo"]
        call([*initdb, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
        options = f"-k {self.folder} -c listen_addresses="
        options += "".join(f" -c {one}" for one in settings)
        call([*self.control, "start", "--wait", f"--log={self.folder}/log", "-o", options])

    def dsn(self, name: str) -> str:
        """The DSN of a database."""
        return f"host={self.folder} user=odoo dbname={name}"

    def program(self, name: str, *arguments: str) -> list[str]:
        """A program of PostgreSQL on this server."""
        return [str(BIN / name), f"--host={self.folder}", "--username=odoo", *arguments]

    def fresh(self, name: str) -> None:
        """An empty database."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
            connection.execute(f'CREATE DATABASE "{name}"')

    def stop(self) -> None:
        """End it."""
        call([*self.control, "stop", "--mode=immediate"])
        shutil.rmtree(self.folder)


def call(command: list[str]) -> None:
    """Run a command."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


def pipe(first: list[str], second: list[str]) -> None:
    """Run two commands, one feeding the other."""
    with subprocess.Popen(first, stdout=subprocess.PIPE) as source:
        subprocess.run(second, stdin=source.stdout, stdout=subprocess.DEVNULL, check=True)
    assert source.returncode == 0


def streamed(server: Server, source: str, target: str) -> None:
    """A database to another, without a file between."""
    server.fresh(target)
    pipe(server.program("pg_dump", source), server.program("psql", "-qX", target))


def by_file(server: Server) -> None:
    """The guide's transport: a dump in a file, its copy, a restore."""
    dump, copy = server.folder / "dump.gz", server.folder / "copy.gz"
    with dump.open("wb") as file:
        with subprocess.Popen(server.program("pg_dump", "prod"), stdout=subprocess.PIPE) as source:
            subprocess.run(["gzip"], stdin=source.stdout, stdout=file, check=True)
    shutil.copyfile(dump, copy)
    server.fresh("uat")
    pipe(["gunzip", "--stdout", str(copy)], server.program("psql", "-qX", "uat"))
    dump.unlink(), copy.unlink()


def ours(server: Server) -> dict[str, Callable[[], object]]:
    """Streamed to a throwaway database, anonymized and verified there, its dump loaded."""

    def anonymize() -> None:
        with connect_database(server.dsn("throwaway")) as database:
            declared = load.load_declaration(HERE / "declared.toml")
            run.anonymize(database, "throwaway", declared, system.NewSite())
            status = Path(f"/proc/{database.value('SELECT pg_backend_pid()')}/status").read_text()
        peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        print(f"  server process, highest {int(peak) // 1024:6} MiB, 256 of them shared buffers")

    return {
        "transport": lambda: streamed(server, "prod", "throwaway"),
        "anonymize and verify": anonymize,
        "dump and load": lambda: streamed(server, "throwaway", "uat"),
    }


def guide(server: Server) -> dict[str, Callable[[], object]]:
    """A dump in a file, copied, restored; then a script that goes from row to row."""
    return {"transport": lambda: by_file(server), "script": lambda: row_by_row(server)}


def row_by_row(server: Server) -> None:
    """The script that everybody writes: Faker, and an UPDATE for each row."""
    fake = Faker(["fr_FR", "nl_BE"])
    with psycopg.connect(server.dsn("uat")) as connection:
        for (row,) in connection.execute("SELECT id FROM res_partner").fetchall():
            mail, phone, name = fake.email(), fake.phone_number(), fake.name()
            connection.execute(
                "UPDATE res_partner SET name = %s, complete_name = %s, email = %s, "
                "email_normalized = %s, phone = %s, phone_sanitized = %s, street = %s, zip = %s, "
                "city = %s, vat = NULL, website = NULL, comment = NULL WHERE id = %s",
                (name, name, mail, mail, phone, phone, fake.street_address(), fake.postcode())
                + (fake.city(), row),
            )
        for (row,) in connection.execute("SELECT id FROM mail_message").fetchall():
            values = (fake.sentence(), fake.sentence(), fake.email(), row)
            statement = "UPDATE mail_message SET subject = %s, body = %s, email_from = %s"
            connection.execute(f"{statement} WHERE id = %s", values)
        for (row,) in connection.execute("SELECT id FROM sale_order").fetchall():
            values = (fake.sentence(), fake.sentence(), row)
            statement = "UPDATE sale_order SET client_order_ref = %s, note = %s WHERE id = %s"
            connection.execute(statement, values)


def pganonymize(program: str) -> Callable[[Server], dict[str, Callable[[], object]]]:
    """The guide's transport, then the tool."""

    def way(server: Server) -> dict[str, Callable[[], object]]:
        arguments = [f"--host={server.folder}", "--user=odoo", "--dbname=uat", "--password=x"]
        tool = [program, *arguments, f"--schema={HERE}/pganonymize.yml"]
        return {"transport": lambda: by_file(server), "tool": lambda: call(tool)}

    return way


def measured(stages: dict[str, Callable[[], object]]) -> None:
    """Run stages in a process of their own; print their seconds and the highest memory."""
    if child := os.fork():
        _, status, _ = os.wait4(child, 0)
        if status:
            sys.exit("a stage failed")
        return
    total = 0.0
    for name, stage in stages.items():
        begin = time.monotonic()
        stage()
        total += (seconds := time.monotonic() - begin)
        print(f"  {name:22}{seconds:8.1f} s")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tools = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  {'in all':22}{total:8.1f} s, client's memory {max(own, tools):.0f} MiB", flush=True)
    os._exit(0)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--ways", default="ours,guide")
    parser.add_argument("--pganonymize", default="pganonymize", help="the tool's command")
    options = parser.parse_args()
    ways = {"ours": ours, "guide": guide, "pganonymize": pganonymize(options.pganonymize)}
    server = Server()
    try:
        server.fresh("prod")
        tables = ["-qX", "-v", f"rows={options.rows}", "-f", str(HERE / "tables.psql"), "prod"]
        call(server.program("psql", *tables))
        for name in options.ways.split(","):
            print(f"{name}, {options.rows} partners", flush=True)
            measured(ways[name](server))
    finally:
        server.stop()


if __name__ == "__main__":
    main()
