"""`docker compose up` on a laptop: what its init service makes of the database that is there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from postgres_server import PROGRAMS

from pipeline.project import templates
from pipeline.project.layout import Layout

ROOT = Path(__file__).parents[3]
NAME = "docker-compose.override.yml"
CARE = Layout("odoo-care", "19.0", ("addons",), ("addons/visit",), True, frozenset())
OLD = Layout("odoo-care", "17.0", ("addons",), ("addons/visit",), True, frozenset())


def override(layout: Layout | None) -> dict:
    """The file of this project, or that of one that `init-project` writes."""
    made = templates.files(ROOT, layout, "example.org/m@v1") if layout else {}
    return yaml.safe_load(made.get(NAME) or (ROOT / NAME).read_text(encoding="utf-8"))


@pytest.fixture(params=[None, CARE, OLD], ids=["this", "19.0", "17.0"])
def services(request) -> dict:
    return override(request.param)["services"]


@pytest.fixture
def start(services, postgresql: str, dsn: str) -> Callable[..., tuple[int, str, str]]:
    """Run the service's script, with a word in place of Odoo: exit code, output and error."""
    [service] = [one for name, one in services.items() if name.endswith("-init")]
    shell, options, script = service["entrypoint"]
    script = script.replace("$$", "$").replace("exec /entrypoint.sh odoo", "exec echo MAKES")
    assert "MAKES" in script
    here = {"PGHOST": postgresql, "PGUSER": "odoo", "PGDATABASE": "prod", "ODOO_ADDONS": "visit"}
    path = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}"}

    def run(**more: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [shell, options, script], env={**path, **here, **more}, capture_output=True, text=True
        )
        return done.returncode, done.stdout, done.stderr

    return run


def mark(sql, key: str, value: str) -> None:
    """Write a parameter, as `pipeline privacy pack` does; the value is SQL."""
    sql(
        f"INSERT INTO ir_config_parameter (key, value) VALUES ('pipeline.{key}', "
        f"to_char(({value}) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'))"
    )


def test_an_empty_server_gets_a_database(start) -> None:
    code, said, error = start(PGDATABASE="not-there")
    assert (code, error) == (0, "") and said.startswith("MAKES --") and "visit" in said


def test_what_a_developer_made_is_started(start) -> None:
    assert start() == (0, "", "")


def test_a_copy_is_started_until_it_expires(start, sql) -> None:
    mark(sql, "anonymized", "now()")
    mark(sql, "expires", "now() + interval '1 minute'")
    assert start() == (0, "", "")
    # Whatever the time zone of the server or of the client.
    assert start(PGTZ="Pacific/Kiritimati") == start(PGTZ="Pacific/Pago_Pago") == (0, "", "")
    sql("DELETE FROM ir_config_parameter WHERE key = 'pipeline.expires'")
    mark(sql, "expires", "now() - interval '1 minute'")
    for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        code, said, error = start(PGTZ=zone)
        assert code == 1 and said == "" and error.count("\n") == 1
        assert error.startswith("error: this copy of PROD expired at 20")
        assert "What to do: pull a new copy (dagger call privacy pull)" in error


def test_a_clock_that_was_set_back_starts_nothing(start, sql) -> None:
    mark(sql, "anonymized", "now() + interval '2 days'")
    mark(sql, "expires", "now() + interval '9 days'")
    code, said, error = start()
    assert code == 1 and error.startswith("error: the clock is wrong: this copy of PROD was made")


def test_a_database_with_personal_data_is_not_started(start, sql) -> None:
    sql("INSERT INTO ir_config_parameter (key, value) VALUES ('pipeline.not_anonymized', 'True')")
    code, said, error = start()
    assert code == 1 and error.startswith("error: this database has personal data of PROD. What")


def test_an_end_that_cannot_be_read_starts_nothing(start, sql) -> None:
    sql("INSERT INTO ir_config_parameter (key, value) VALUES ('pipeline.expires', 'never')")
    code, said, error = start()
    assert code != 0 and said == "" and "invalid input syntax for type timestamp" in error


def test_the_server_answers_on_this_machine_alone(services) -> None:
    """VMs do not read this file."""
    assert services["postgres"]["ports"] == ["127.0.0.1:${POSTGRES_PORT:-15432}:5432"]
