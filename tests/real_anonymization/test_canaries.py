"""Marks in every column of a real database: none may be found in what is handed on."""

from __future__ import annotations

import base64
import html
import json
import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from pipeline.privacy.anonymize import run
from pipeline.privacy.database import schema
from pipeline.privacy.database.connection import connect_database
from pipeline.privacy.declaration import exemptions, load
from pipeline.privacy.treatment import attachments, system
from pipeline.test.odoo.installation import own
from pipeline.test.odoo.postgres import ROLE, Cluster, Server
from pipeline.test.odoo.prepare import DIRECTORY

pytestmark = pytest.mark.odoo

FILE = Path(__file__).parents[2] / "anonymization.toml"
#: Text, as it can be in rows of wizards and relations whose type PostgreSQL knows only.
VALUES = {
    **{"number": "7", "date": "'2001-02-03'", "bool": "true"},
    **{"text": "'x'", "json": "'{}'", "bytea": "'x'"},
}
#: What the anonymization itself reads: canaries get a row of their own there.
METADATA = ("ir_model", "ir_model_fields", "ir_model_fields_selection", "ir_module_module")
#: A canary fits none of them.
CHECKS = """SELECT conrelid::regclass::text, conname FROM pg_constraint
            WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND coninhcount = 0"""


@dataclass(frozen=True)
class Canary:
    """A mark: in clear, in base64, and with signs that HTML escapes."""

    place: str
    mark: str

    @property
    def text(self) -> str:
        """What is written: each part has a mark of its own that ends with the same digits."""
        hidden = base64.b64encode(f"hidden {self.mark}".encode()).decode()
        return f"Cy{self.mark} <b>{html.escape(f'é&<{self.mark}>')}</b> {hidden}"

    @property
    def forms(self) -> tuple[bytes, ...]:
        """What is looked for."""
        hidden = base64.b64encode(f"hidden {self.mark}".encode())
        return self.mark.encode(), hidden


def made(place: str) -> Canary:
    """A new canary."""
    return Canary(place, secrets.token_hex(7))


def planted(column: schema.Column, canary: Canary) -> object:
    """The canary as a value of this column."""
    text = canary.text[: column.length] if column.length else canary.text
    if column.kind == "bytea":
        return text.encode()
    if column.kind != "json":
        return text
    if column.ttype == "properties_definition":
        return json.dumps([{"name": "a", "type": "char", "string": text, "default": text}])
    return json.dumps({"en_US": text, "fr_FR": text, "1": text, f"k{canary.mark}": text})


def row_of(cursor: psycopg.Cursor, table: str, columns: list[schema.Column]) -> str:
    """The place of a row of a table: its last one, or one that is made for the purpose."""
    name = sql.Identifier(*table.split("."))
    where = sql.SQL("SELECT ctid::text FROM ONLY {} ORDER BY ctid DESC LIMIT 1").format(name)
    if table not in METADATA and (row := cursor.execute(where).fetchone()):
        return row[0]
    needed = [one for one in columns if not one.nullable and one.name != "id"]
    names = sql.SQL(", ").join(sql.Identifier(one.name) for one in needed)
    values = sql.SQL(", ").join(sql.SQL(VALUES[one.kind]) for one in needed)
    if needed:
        insert = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING ctid::text")
        return cursor.execute(insert.format(name, names, values)).fetchone()[0]
    insert = sql.SQL("INSERT INTO {} DEFAULT VALUES RETURNING ctid::text")
    return cursor.execute(insert.format(name)).fetchone()[0]


def plant(dsn: str) -> list[Canary]:
    """Write a canary into every text, json and bytea column, as a person's change of that row."""
    with connect_database(dsn) as database:
        live = schema.read_schema(database)
    canaries = []
    with psycopg.connect(dsn, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no foreign keys meanwhile
        for table, constraint in cursor.execute(CHECKS).fetchall():
            drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
            cursor.execute(drop.format(sql.SQL(table), sql.Identifier(constraint)))
        for table, columns in live.tables.items():
            with connection.transaction():
                place = row_of(cursor, table, list(columns.values()))
            for column in columns.values():
                if column.kind not in ("text", "json", "bytea"):
                    continue
                canary = made(column.label)
                update = sql.SQL("UPDATE {} SET {} = %s{} WHERE ctid = %s RETURNING ctid::text")
                by = ", write_uid = 2" if "write_uid" in columns else ""
                cast = {"json": "::json", "jsonb": "::jsonb"}.get(column.type, "")
                statement = update.format(
                    sql.Identifier(*table.split(".")),
                    sql.Identifier(column.name),
                    sql.SQL(cast + by),
                )
                place = cursor.execute(statement, (planted(column, canary), place)).fetchone()[0]
                canaries.append(canary)
    return canaries


def plant_files(dsn: str, filestore: Path) -> list[Canary]:
    """Write canaries into files of attachments of a person: plain, and in base64."""
    canaries = []
    with psycopg.connect(dsn) as connection:
        for mimetype in ("text/plain", "image/jpeg", "application/pdf", "application/zip"):
            canary = made(f"file of {mimetype}")
            data = canary.text.encode() * 40
            digest = attachments.hashlib.sha1(data).hexdigest()
            path = filestore / digest[:2] / digest
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            connection.execute(
                "INSERT INTO ir_attachment (name, type, mimetype, store_fname, checksum, "
                "res_model, write_uid) VALUES (%s, 'binary', %s, %s, %s, 'res.partner', 2)",
                (canary.text, mimetype, f"{digest[:2]}/{digest}", digest),
            )
            canaries.append(canary)
    return canaries


def found(canaries: list[Canary], parts: Iterator[bytes]) -> set[str]:
    """The places whose canaries are in the data, in any form."""
    forms = {form: canary.place for canary in canaries for form in canary.forms}
    # Marks are hexadecimal, which makes a needle for the regular expression engine; a mark that
    # stands among other such digits begins at any of them.
    digits = re.compile(rb"[0-9a-f]{14,}")
    hidden = re.compile(rb"aGlkZGVu[A-Za-z0-9+/=]+")
    hits: set[str] = set()
    for data in parts:
        for run_of_digits in set(digits.findall(data)):
            for start in range(len(run_of_digits) - 13):
                hits.add(forms.get(run_of_digits[start : start + 14], ""))
        hits |= {forms.get(one, "") for one in hidden.findall(data)}
    return hits - {""}


def files(folder: Path) -> Iterator[bytes]:
    """The content of every file below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.read_bytes()


@pytest.fixture
def elsewhere() -> Iterator[Cluster]:
    """Another, empty cluster: what is handed on is loaded there, and its files are read."""
    folder = DIRECTORY / "elsewhere"
    folder.mkdir(exist_ok=True)
    own(folder)
    made_there = Cluster(folder)
    made_there.create()
    yield made_there


def programs(name: str) -> str:
    """A program of PostgreSQL."""
    return str(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))[-1])


def test_no_canary_is_in_the_dump_or_the_data_directory_or_the_filestore(
    copy: Callable[[str], str], server: Server, elsewhere: Cluster
) -> None:
    dsn = copy("canaries")
    filestore = DIRECTORY / "data/filestore/canaries"
    canaries = plant(dsn) + plant_files(dsn, filestore)
    assert len(canaries) > 1400
    whole = load.load_declaration(FILE)
    with connect_database(dsn) as database:
        live = schema.read_schema(database)
        kept = {
            ".".join(key)
            for key, one in exemptions.resolve_rules(live, whole).items()
            if one.strategy == "keep"
        }
        run.anonymize(database, "canaries", whole, system.NewSite(), filestore)

    dump = DIRECTORY / "canaries.sql"
    argv = [programs("pg_dump"), f"--host={server.host}", f"--username={ROLE}", "canaries"]
    dump.write_bytes(subprocess.run(argv, check=True, capture_output=True).stdout)
    left = found(canaries, iter([dump.read_bytes()]))
    # What the declaration keeps with a reason is kept, and nothing else.
    assert left - kept == set()
    assert found(canaries, files(filestore)) == set()

    # Rows that were made for the marks point to nothing: the keys, which come last, would refuse.
    tables = [*argv, "--section=pre-data", "--section=data", f"--file={dump}"]
    subprocess.run(tables, check=True, capture_output=True)
    with elsewhere.running() as there:
        there.sql("CREATE DATABASE uat")
        argv = [programs("psql"), "-qX", "-v", "ON_ERROR_STOP=1", f"--host={there.host}"]
        argv += [f"--username={ROLE}", f"--file={dump}", "uat"]
        subprocess.run(argv, check=True, capture_output=True)
        assert int(there.sql("SELECT count(*) FROM res_partner", "uat")[0][0]) > 50
        there.sql("CHECKPOINT")
    assert found(canaries, files(elsewhere.data)) - kept == set()
