"""The tests that need an Odoo to call, in the container that tests add-ons."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

INSTALL = "pip install -q --disable-pip-version-check --require-hashes -r /dev.lock"
#: Odoo's own packages go with the distribution's, which is older than what the tests bring.
RESTORE = "pip uninstall -q -y cryptography"
TEST = "python -m pytest -q -o addopts= -p no:cacheprovider"
#: The modules whose columns the package declares (docs/anonymization.md).
DECLARED = ("account", "calendar", "contacts", "crm", "hr", "mail", "purchase", "sale_management")
DECLARED += ("stock", "website")


#: A server of the tests' own, in whose files they look. Odoo's image has no source for apt.
SOURCES = "/etc/apt/sources.list"
SERVER = (
    "apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql >/dev/null"
)


def with_server(call) -> list[tuple[str, ...]]:
    """Install PostgreSQL in the container, from the source that the tools' image has."""
    sources = call("python", "file", f"--path={SOURCES}", "contents").out
    return [
        ("with-new-file", f"--path={SOURCES}", f"--contents={sources}"),
        ("with-exec", f"--args=sh,-c,{SERVER}"),
    ]


def run(call, tests: str, *source: str, before: list[tuple[str, ...]] = []) -> str:
    """Run a folder of tests there; returns what pytest prints."""
    folders = ("scripts", "tests", "odoo_addons")
    files = ("pyproject.toml", "pipeline.toml", "anonymization.toml")
    given = [
        ("with-directory", f"--path=/project/{one}", f"--source={ROOT}/{one}") for one in folders
    ]
    given += [("with-file", f"--path=/project/{one}", f"--source={ROOT}/{one}") for one in files]
    answer = call(
        *("odoo", *source),
        *[word for part in before for word in part],
        *("with-file", "--path=/dev.lock", f"--source={ROOT}/scripts/requirements/dev.lock"),
        *("with-exec", f"--args={INSTALL.replace(' ', ',')}"),
        *("with-exec", f"--args={RESTORE.replace(' ', ',')}"),
        *[word for part in given for word in part],
        *("with-workdir", "--path=/project"),
        *("with-exec", f"--args={TEST.replace(' ', ',')},{tests}", "stdout"),
    )
    return answer.out


def test_every_way_in_which_a_run_of_tests_can_go_wrong(call) -> None:
    said = run(call, "tests/real_odoo")
    assert " passed" in said and "skipped" not in said


@pytest.mark.faults
def test_nothing_of_a_database_with_many_modules_survives_its_anonymization(
    call, tmp_path: Path
) -> None:
    """With marks in every column, files among them; afterwards testers log in, at each level."""
    shutil.copytree(ROOT / "odoo_addons", tmp_path / "odoo_addons")
    settings = (ROOT / "pipeline.toml").read_text(encoding="utf-8")
    modules = ", ".join(f'"{module}"' for module in DECLARED)
    assert 'preinstall = ["base", "mail"]' in settings
    settings = settings.replace('preinstall = ["base", "mail"]', f"preinstall = [{modules}]")
    (tmp_path / "pipeline.toml").write_text(settings, encoding="utf-8")
    said = run(call, "tests/real_anonymization", f"--source={tmp_path}", before=with_server(call))
    assert "4 passed" in said and "skipped" not in said


@pytest.mark.faults
def test_each_column_of_each_module_of_odoo_is_declared(call) -> None:
    """The list that the unit tests read is what a database with all modules has."""
    tests = "tests/real_anonymization/test_all_modules.py,-m,faults"
    assert "1 passed" in run(call, tests, before=with_server(call))
