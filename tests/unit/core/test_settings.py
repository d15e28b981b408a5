"""pipeline.toml: what is accepted, and what each error says."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from pipeline.core.errors import SettingsError
from pipeline.core.settings import Settings, load

ROOT = Path(__file__).parents[3]


def settings_of(tmp_path, text):
    (tmp_path / "pipeline.toml").write_text(text, encoding="utf-8")
    return load(tmp_path)


def test_without_a_file_the_defaults(tmp_path):
    assert load(tmp_path) == Settings()


def test_an_empty_file_is_the_defaults(tmp_path):
    assert settings_of(tmp_path, "") == Settings()


def test_the_defaults_are_possible_values(tmp_path):
    lines = []

    def write(section, values):
        lines.append(f"[{section}]")
        for key, value in values.items():
            if isinstance(value, dict):
                write(f"{section}.{key}", value)
            elif value is not None:
                lines.append(f"{key} = {json.dumps(value)}")

    for section, values in dataclasses.asdict(Settings()).items():
        write(section, values)
    assert settings_of(tmp_path, "\n".join(lines)) == Settings()


def test_this_project_s_own_file():
    settings = load(ROOT)
    assert settings.project.series == "19.0"
    assert settings.project.addons == ("odoo_addons",)


def test_values_arrive_with_their_types(tmp_path):
    settings = settings_of(
        tmp_path,
        """
        [project]
        series = "17.0"
        external_addons = ["queue_job"]
        [odoo]
        time_limit = 5
        [coverage]
        minimum = 75
        [gitignore]
        allowed = ["tests/data/*.pem"]
        """,
    )
    assert settings.project.series == "17.0"
    assert settings.project.external_addons == ("queue_job",)
    assert settings.odoo.time_limit == 5
    assert settings.coverage.minimum == 75.0
    assert isinstance(settings.coverage.minimum, float)
    assert settings.gitignore.allowed == ("tests/data/*.pem",)


@pytest.mark.parametrize(
    ("text", "says", "allows"),
    [
        ("[projekt]", "unknown section [projekt]", "project, odoo, python"),
        ("project = 3", "`project` must be a section", "[project]"),
        ("[project]\nserie = '19.0'", "unknown key `serie` in [project]", "series"),
        ("[project]\nname = 3", "[project] name = 3 has the wrong type", "a string"),
        ("[project]\nseries = 19.0", "series = 19.0 has the wrong type", "a string"),
        ("[project]\naddons = 'x'", "addons = 'x' has the wrong type", "list of strings"),
        ("[project]\naddons = ['x', 1]", "has the wrong type", "list of strings"),
        ("[odoo]\npostgres = '17'", "[odoo] postgres = '17' has the wrong type", "a whole number"),
        ("[odoo]\npostgres = true", "postgres = True has the wrong type", "a whole number"),
        ("[odoo]\npostgres = 17.5", "postgres = 17.5 has the wrong type", "a whole number"),
        ("[odoo]\ndemo = 1", "[odoo] demo = 1 has the wrong type", "true or false"),
        ('[odoo]\ndemo = "yes"', "[odoo] demo = 'yes'", 'true, false or "both"'),
        ("[coverage]\nminimum = '80'", "minimum = '80' has the wrong type", "a number"),
        ("[coverage]\nminimum = true", "minimum = True has the wrong type", "a number"),
        (
            "[project]\nseries = '13.0'",
            "[project] series = '13.0' is not possible",
            "17.0, 18.0, 19.0, 20.0",
        ),
        ("[project]\nname = 'Up Case'", "[project] name = 'Up Case'", "lower-case letters"),
        ("[project]\nexternal_addons = ['a b']", "external_addons = 'a b'", "technical names"),
        ("[odoo]\npostgres = 9", "[odoo] postgres = 9 is not possible", "from 12 on"),
        ("[odoo]\ntime_limit = 0", "[odoo] time_limit = 0", "from 1 on"),
        ("[python]\ntime_limit = -1", "[python] time_limit = -1", "from 1 on"),
        ("[python]\nworkers = 0", "[python] workers = 0", "from 1 to 64"),
        ("[odoo]\nallowed_log = ['(']", "[odoo] allowed_log = '('", "valid regular expressions"),
        ("[coverage]\nminimum = 101", "[coverage] minimum = 101.0", "from 0 to 100"),
        ("[coverage]\nminimum = nan", "[coverage] minimum = nan", "from 0 to 100"),
        ("[project]\naddons = ['/abs']", "[project] addons = '/abs'", "inside the repository"),
        ("[project]\naddons = ['a/../..']", "[project] addons = 'a/../..'", "inside the repo"),
        ("[python]\npaths = ['']", "[python] paths = ''", "inside the repository"),
        ("[secrets]\nbaseline = '../x'", "[secrets] baseline = '../x'", "inside the repository"),
        ("[odoo]\nimage = 'Odoo:19'", "[odoo] image = 'Odoo:19'", "odoo:19.0"),
        ("[image]\nregistry = 'a b'", "[image]", ""),
        ("[image]\nversion = 'one'", "[image] version = 'one'", "two to five numbers"),
        ("[image]\nkeep = 0", "[image] keep = 0", "from 1 on"),
        ("[environments.uat]\ndirectory = 'opt'", "[environments.uat] directory", "/"),
        (
            "[python]\nsuites = ['a']",
            "`python.suites` must have sections",
            "[python.suites.<name>]",
        ),
        ("[python.suites]\na = 1", "`python.suites.a` must be a section", "[python.suites.a]"),
        ("[python.suites.a]\npath = []", "unknown key `path` in [python.suites.a]", "`paths`"),
        ("[python.suites.A]", "[python] suites = 'A' is not possible", "lower-case letters"),
        ("[python.suites.a]\nreads = ['/']", "[python.suites.a] reads = '/'", "inside the repo"),
        ("[project\n", "cannot be read", "fix the file"),
    ],
)
def test_an_error_names_file_key_and_what_is_allowed(tmp_path, text, says, allows):
    with pytest.raises(SettingsError) as caught:
        settings_of(tmp_path, text)
    assert "pipeline.toml" in caught.value.message
    assert says in caught.value.message
    assert allows in caught.value.fix


def test_a_file_that_is_not_utf8(tmp_path):
    (tmp_path / "pipeline.toml").write_bytes(b"[project]\nname = '\xe9'")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)


def test_a_folder_in_its_place(tmp_path):
    (tmp_path / "pipeline.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)


def test_settings_cannot_be_changed(tmp_path):
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(tmp_path).project.name = "other"
