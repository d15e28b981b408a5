"""What `init-project` writes for each series of Odoo, against what its image reads."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import pytest
import yaml

from pipeline.core.versions.series import TABLE, SeriesFacts
from pipeline.project import templates
from pipeline.project.by_series import WRITTEN_FOR
from pipeline.project.layout import Layout

ROOT = Path(__file__).parents[3]
GOLDEN = Path(__file__).with_name("series")
#: Read by every official entry point, which makes options of them; and by libpq, in Odoo and psql.
READ = {"HOST", "PORT", "USER", "PASSWORD", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"}
#: Read by psql and the shell of the service that makes the database, not by Odoo.
READ_BY_OTHERS = {"PGDATABASE", "ODOO_ADDONS"}
EACH = pytest.mark.parametrize("series", TABLE, ids=lambda one: one.name)


def written(series: SeriesFacts) -> dict[str, str]:
    layout = Layout("odoo-care", series.name, ("addons",), ("addons/visit",), True, frozenset())
    return templates.files(ROOT, layout, "example.org/m@v1")


def difference(series: SeriesFacts) -> str:
    """The lines that differ from a project of 19.0, file by file; not the name of the series."""
    found = []
    usual = written(WRITTEN_FOR)
    for name, text in sorted(written(series).items()):
        text = text.replace(series.image, WRITTEN_FOR.image)
        text = text.replace(f'series = "{series.name}"', f'series = "{WRITTEN_FOR.name}"')
        lines = difflib.unified_diff(
            usual[name].splitlines(), text.splitlines(), name, name, "", "", 0
        )
        found += [line.rstrip() for line in lines if not line.startswith("@@")]
    return "\n".join(found) + "\n"


def services(text: str) -> dict[str, dict]:
    return yaml.safe_load(text)["services"]


@EACH
def test_what_differs_from_19_is_in_a_file(series: SeriesFacts) -> None:
    if series == WRITTEN_FOR:
        assert difference(series) == "\n"
    else:
        assert difference(series) == (GOLDEN / f"{series.name}.diff").read_text(encoding="utf-8")


@EACH
def test_every_file_names_the_series(series: SeriesFacts) -> None:
    files = written(series)
    assert f"ODOO_IMAGE={series.image}\n" in files["Dockerfile"]
    assert f"${{ODOO_IMAGE:-{series.image}}}" in files["docker-compose.yml"]
    assert f"${{ODOO_BASE_IMAGE:-{series.image}}}" in files["docker-compose.override.yml"]
    assert f'series = "{series.name}"' in files["pipeline.toml"]
    others = {one.image for one in TABLE} - {series.image}
    assert [name for name, text in files.items() for other in others if other in text] == []


@EACH
def test_odoo_gets_database_and_workers_in_a_way_that_it_reads(series: SeriesFacts) -> None:
    files = written(series)
    for name in ("docker-compose.yml", "docker-compose.override.yml"):
        for service, said in services(files[name]).items():
            command = said.get("command", [])
            if "odoo" not in command:
                continue
            options = [word.partition("=")[0] for word in command]
            assert ("--database" in options) is not series.reads_variables, service
            if service == "odoo-care-web":
                assert ("--workers" in options) is not series.reads_variables, service


@EACH
def test_every_variable_has_a_reader(series: SeriesFacts) -> None:
    for name in ("docker-compose.yml", "docker-compose.override.yml", "docker-compose.prod.yml"):
        for service, said in services(written(series)[name]).items():
            if re.fullmatch("odoo-care-(web|cron|init)", service):
                unread = set(said.get("environment", {})) - READ - READ_BY_OTHERS
                assert not unread or series.reads_variables, (service, unread)


@EACH
def test_the_first_database_has_demo_data(series: SeriesFacts) -> None:
    [_, _, script] = services(written(series)["docker-compose.override.yml"])["odoo-care-init"][
        "entrypoint"
    ]
    assert ("--with-demo" in script) is (not series.demo)
    assert "--without-demo" not in script
    assert ('--database "$$PGDATABASE"' in script) is not series.reads_variables


@EACH
def test_pip_gets_only_options_that_it_knows(series: SeriesFacts) -> None:
    dockerfile = written(series)["Dockerfile"]
    assert ("--break-system-packages" in dockerfile) is series.managed
    assert dockerfile.count("python3 -m pip install --root=/parts --no-cache-dir") == 2


@EACH
def test_the_proxy_reaches_odoo(series: SeriesFacts) -> None:
    files = written(series)
    assert ("\nhttp_interface = 0.0.0.0\n" in files["config/odoo.conf"]) is not series.everywhere
    ports = set(re.findall(r"http://\$odoo_host:(\d+)", files["proxy/nginx.conf"]))
    assert ports == {str(series.http_port[1]), str(series.gevent_port[1])}
    assert "longpolling_port" not in "".join(files.values())
