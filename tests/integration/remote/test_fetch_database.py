"""`pipeline privacy fetch`: from a database of a VM to a throwaway one, over real SSH."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from postgres_server import PROGRAMS

from pipeline.cli.options.phrases import REFRESH_UAT

#: In place of Docker on the VM: whatever the container is, the program runs here.
DOCKER = """\
#!/bin/sh
while [ "$1" != odoo-project-db ]; do
  case "$1" in PGOPTIONS=*) export "$1" ;; esac
  shift
done
shift
{server}
if [ "$1" = timeout ]; then
  limit="$1 $2 $3 $4"
  shift 4
fi
case "$1" in pg_dump) true; {more} ;; esac
exec $limit {programs}/"$@"
"""
CONFIRM = f"--confirm={REFRESH_UAT.text}"


@pytest.fixture
def prod(postgresql: str, machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """A database of PROD, an empty one next to it, and Docker on the VM."""
    with psycopg.connect(f"host={postgresql} user=odoo dbname=postgres", autocommit=True) as server:
        for name in ("project-prod", "throwaway"):
            server.execute(f'DROP DATABASE IF EXISTS "{name}"')
            server.execute(f'CREATE DATABASE "{name}"')
    with psycopg.connect(f"host={postgresql} user=odoo dbname=project-prod") as connection:
        connection.execute("CREATE EXTENSION unaccent")
        connection.execute("ALTER FUNCTION unaccent(text) IMMUTABLE")  # as Odoo makes it
        connection.execute("CREATE TABLE person (id int PRIMARY KEY, name text)")
        connection.execute("CREATE INDEX ON person (unaccent(name))")
        connection.execute(
            "INSERT INTO person SELECT n, 'Anna ' || n FROM generate_series(1, 9999) n"
        )
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{PROGRAMS}:{os.environ['PATH']}")
    monkeypatch.setenv("PGHOST", postgresql)
    monkeypatch.setenv("PGUSER", "odoo")

    def docker(more: str = "") -> None:
        script = DOCKER.format(programs=PROGRAMS, more=more, server=f"export PGHOST={postgresql}")
        (folder / "docker").write_text(script)
        (folder / "docker").chmod(0o755)

    docker()
    return docker


@pytest.fixture
def fetch(run_pipeline, machine, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Fetch it; more options may follow."""
    (tmp_path / "known").write_text(machine.known_hosts)

    def run(*more: str, verb: str = "fetch") -> tuple[int, str]:
        reach = ("--host=127.0.0.1", f"--port={machine.port}", "--user=ubuntu")
        keys = (f"--ssh-key={machine.key_file}", f"--known-hosts={tmp_path}/known")
        place = ("--into=throwaway",) if verb == "fetch" else ()
        return run_pipeline("privacy", verb, *reach, *keys, *place, f"--source={tmp_path}", *more)

    return run


def people(postgresql: str) -> int:
    """How many there are in the throwaway database; -1 without the table."""
    with psycopg.connect(f"host={postgresql} user=odoo dbname=throwaway") as connection:
        if connection.execute("SELECT to_regclass('person')").fetchone() == (None,):
            return -1
        return connection.execute("SELECT count(*) FROM person").fetchone()[0]


def test_everything_arrives_and_prod_is_only_read(prod, fetch, machine, postgresql: str) -> None:
    code, said = fetch(CONFIRM)
    assert code == 0, said
    assert said.startswith(f"project-prod of [127.0.0.1]:{machine.port}: ")
    assert people(postgresql) == 9999
    command = machine.commands[-1]
    assert (
        "pg_dump" in command
        and "default_transaction_read_only=on" in command
        and " > " not in command
        # `docker exec` leaves its program running when the client is gone, with locks on all tables
        and re.search(r" timeout -k 10 6\d\d pg_dump ", command)
    )


def test_a_database_with_tables_of_other_servers_is_not_copied(
    prod, fetch, machine, postgresql: str
) -> None:
    """Odoo's update runs on the copy before the anonymization looks at it."""
    with psycopg.connect(f"host={postgresql} user=odoo dbname=project-prod") as connection:
        connection.execute("CREATE EXTENSION postgres_fdw")
        connection.execute("CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw")
        connection.execute("CREATE FOREIGN TABLE away (id int, name text) SERVER far")
    code, said = fetch(CONFIRM)
    assert code == 2 and "PROD's database has tables of other servers: public.away" in said
    assert people(postgresql) == -1
    assert not [command for command in machine.commands if "pg_dump" in command]


def test_rows_that_would_be_deleted_are_not_fetched(
    prod, fetch, machine, postgresql: str, tmp_path: Path
) -> None:
    """Unless a row that stays points to one of them, or they are in another schema."""
    (tmp_path / "anonymization.toml").write_text(
        "[empty]\n" + "".join(f'{name} = "a log"\n' for name in ("log", "held", "parted"))
    )
    with psycopg.connect(f"host={postgresql} user=odoo dbname=project-prod") as connection:
        connection.execute("""
            CREATE SCHEMA other; CREATE TABLE other.log (id int);
            CREATE TABLE log (id int PRIMARY KEY, person_id int REFERENCES person);
            CREATE TABLE log_person_rel (
              log_id int NOT NULL REFERENCES log ON DELETE CASCADE, person_id int);
            CREATE TABLE held (id int PRIMARY KEY);
            CREATE TABLE holds (held_id int REFERENCES held ON DELETE SET NULL);
            CREATE TABLE parted (id int) PARTITION BY RANGE (id);
            CREATE TABLE part PARTITION OF parted FOR VALUES FROM (1) TO (9);
            INSERT INTO other.log VALUES (1); INSERT INTO log VALUES (1, 1);
            INSERT INTO log_person_rel VALUES (1, 1); INSERT INTO held VALUES (1);
            INSERT INTO holds VALUES (1); INSERT INTO parted VALUES (1)""")
    code, said = fetch(CONFIRM, "--without-emptied")
    assert code == 0 and "no row was fetched of 2 tables that the anonymization empties" in said
    names = ("person", "other.log", "log", "log_person_rel", "held", "holds", "parted")
    with psycopg.connect(f"host={postgresql} user=odoo dbname=throwaway") as connection:
        rows = {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names
        }
    assert rows == dict.fromkeys(names, 1) | {"person": 9999, "log": 0, "log_person_rel": 0}


def test_where_the_files_will_be_is_decided_by_sizes_alone(
    prod, fetch, machine, postgresql: str, tmp_path: Path
) -> None:
    """Not of what is left out: 90 MB of a log, of a size that is in no row."""
    (tmp_path / "anonymization.toml").write_text('[empty]\nlog = "a log"\n')
    with psycopg.connect(f"host={postgresql} user=odoo dbname=project-prod") as connection:
        connection.execute("CREATE TABLE log AS SELECT n FROM generate_series(1, 2600000) n")
    code, every = fetch(CONFIRM, verb="storage")
    assert code == 0 and every.startswith("the throwaway server's files are in memory: 0.1 GB to")
    code, said = fetch(CONFIRM, "--without-emptied", verb="storage")
    assert code == 0 and ": 0.0 GB to fetch" in said
    assert not [command for command in machine.commands if "pg_dump" in command]

    (tmp_path / "pipeline.toml").write_text("[anonymization]\nencrypted = true\n")
    code, said = fetch(CONFIRM, "--format=json", verb="storage")
    line, text = said.split("\n", 1)
    assert code == 0 and "encrypted on the engine's disk" in line
    assert json.loads(text)["place"] == "encrypted"
    code, said = fetch(CONFIRM, "--impossible=no\n/dev/fuse", verb="storage")
    assert code == 10 and "cannot encrypt files: no /dev/fuse" in said
    assert people(postgresql) == -1


def test_without_the_phrase_nothing_is_contacted(prod, fetch, machine) -> None:
    for verb in ("fetch", "storage"):
        code, said = fetch("--confirm=yes", verb=verb)
        assert code == 2 and "nothing was contacted" in said
    assert machine.connections == 0


@pytest.mark.parametrize(
    "more, said",
    [
        ("exit 3", "ended with exit code 3 after 0 bytes"),
        ('"$@" | head -c 20000; exit 1', "ended with exit code 1 after 20000 bytes"),
        ('"$@" | head -c 20000; exit 0', "`pg_restore --dbname=throwaway"),
        ("head -c 3000000 /dev/zero; exit 0", "pg_restore"),
    ],
    ids=["nothing", "truncated", "truncated-and-silent", "no-dump"],
)
def test_a_dump_that_is_not_whole_leaves_nothing(
    prod, fetch, postgresql: str, more: str, said: str
) -> None:
    prod(more)
    code, answer = fetch(CONFIRM)
    assert code == 4 and said in answer
    assert people(postgresql) == -1


def test_a_cut_connection_leaves_nothing(prod, fetch, machine, postgresql: str) -> None:
    prod("sleep 1; cat /dev/zero | head -c 100000")
    machine.mangle = lambda command, channel: machine.cut()
    code, said = fetch(CONFIRM)
    assert code != 0 and "was lost" in said
    assert people(postgresql) == -1


def test_a_throwaway_database_that_is_in_use_is_refused(prod, fetch, postgresql: str) -> None:
    assert fetch(CONFIRM)[0] == 0
    code, said = fetch(CONFIRM)
    assert code == 4 and ("already exists" in said or "must be empty" in said)


def test_another_version_on_prod_is_seen_before_and_after_the_dump(
    prod, fetch, postgresql: str, tmp_path: Path
) -> None:
    """The code that neutralizes and updates the database is the one that was planned."""
    (tmp_path / "pipeline.toml").write_text(
        f'[environments.prod]\ndirectory = "{tmp_path}/place"\n'
    )
    dotenv = tmp_path / "place" / ".env"
    dotenv.parent.mkdir()
    old, new = "registry.test/odoo@sha256:1", "registry.test/odoo@sha256:2"
    code, said = fetch(CONFIRM, f"--image={old}")
    assert code == 1 and f"PROD runs no image now, and this was planned for {old}" in said
    dotenv.write_text(f"POSTGRES_PASSWORD=x\nexport ODOO_IMAGE='{new}'\n")
    code, said = fetch(CONFIRM, f"--image={old}")
    assert code == 1 and f"PROD runs {new} now" in said
    assert people(postgresql) == -1
    dotenv.write_text(f"ODOO_IMAGE={old}\n")
    prod(f'"$@"; sed -i s/sha256:1/sha256:2/ {dotenv}; exit')  # a deployment in the middle
    code, said = fetch(CONFIRM, f"--image={old}")
    assert code == 1 and f"PROD runs {new} now" in said


def test_the_version_that_was_planned_is_taken(
    prod, fetch, postgresql: str, tmp_path: Path
) -> None:
    (tmp_path / "pipeline.toml").write_text(f'[environments.prod]\ndirectory = "{tmp_path}"\n')
    (tmp_path / ".env").write_text("ODOO_IMAGE=registry.test/odoo@sha256:1\n")
    code, said = fetch(CONFIRM, "--image=registry.test/odoo@sha256:1")
    assert code == 0 and people(postgresql) == 9999, said


NAME = "Quillfeather"
#: What a program of PostgreSQL prints of a row that is wrong.
QUOTED = f"""echo 'pg_dump: error: Dumping the contents of table "person" failed: {NAME}' >&2
echo 'ERROR:  P0001: {NAME} is locked' >&2; echo 'DETAIL:  Key (name)=({NAME})' >&2; exit 1"""


def test_a_row_that_cannot_be_read_is_not_quoted(prod, fetch) -> None:
    prod(QUOTED)
    code, said = fetch(CONFIRM)
    assert code == 4 and NAME not in said and "P0001" in said


def test_a_row_that_cannot_be_stored_is_not_quoted(prod, fetch, postgresql: str) -> None:
    """Where it goes there is no such rule: a constraint fails as the row comes."""
    with psycopg.connect(f"host={postgresql} user=odoo dbname=project-prod") as connection:
        connection.execute("CREATE TABLE twice (name text)")
        connection.execute("INSERT INTO twice VALUES (%s), (%s)", (NAME, NAME))
        connection.execute("""CREATE FUNCTION told(text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
            IF current_database() <> 'project-prod' THEN
              RAISE EXCEPTION 'not %', $1 USING DETAIL = $1, HINT = $1; END IF;
            RETURN true; END $$""")
        connection.execute("ALTER TABLE twice ADD CONSTRAINT c CHECK (told(name))")
    code, said = fetch(CONFIRM)
    assert code == 4 and NAME not in said
    assert "table data twice" in said or "table twice" in said
