"""The JSON schema of pipeline.toml says what the pipeline's own check says."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
import typing
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import SettingsError
from pipeline.core.settings import Settings, parse, schema
from pipeline.core.settings.constraints import constraint

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[4]
SCHEMA = json.loads(schema.FILE.read_text(encoding="utf-8"))
JUDGE = jsonschema.Draft4Validator(
    SCHEMA, format_checker=jsonschema.FormatChecker(formats=("regex",))
)
PAGES = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


def keys(kind: Any = Settings, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """Every key of the file: its path and its field."""
    found, hints = [], typing.get_type_hints(kind)
    for one in dataclasses.fields(kind):
        if dataclasses.is_dataclass(hints[one.name]):
            found += keys(hints[one.name], (*path, one.name))
        else:
            found.append(((*path, one.name), one))
    return found


def at(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A file with one key."""
    for word in reversed(path):
        value = {word: value}
    return value


def schema_takes(data: dict[str, Any]) -> bool:
    return JUDGE.is_valid(data)


def pipeline_takes(data: dict[str, Any]) -> bool:
    try:
        parse(data)
    except SettingsError:
        return False
    return True


def test_the_file_is_what_the_classes_say() -> None:
    assert schema.FILE.read_text(encoding="utf-8") == schema.text(), "run `make docs`"
    jsonschema.Draft4Validator.check_schema(SCHEMA)


def test_every_key_is_described_in_a_sentence() -> None:
    for path, _ in keys():
        place = SCHEMA
        for word in path:
            place = place["properties"][word]
        assert re.fullmatch(r"[A-Z`'].{8,}\.", place["description"]), path


def test_this_projects_own_file() -> None:
    text = (ROOT / "pipeline.toml").read_text(encoding="utf-8")
    link = re.match(r"#:schema (\S+)\n", text)
    assert link is not None and (ROOT / link[1]).resolve() == schema.FILE.resolve()
    JUDGE.validate(tomllib.loads(text))


def examples() -> list[tuple[str, str]]:
    """What pages show of pipeline.toml: blocks whose sections are all sections of it."""
    found = []
    for page in PAGES:
        for block in re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            sections = re.findall(r"^\[([\w.]+)\]", block, re.MULTILINE)
            if sections and all(name.split(".")[0] in SCHEMA["properties"] for name in sections):
                found.append((page.name, block))
    return found


@pytest.mark.parametrize(("page", "text"), examples())
def test_the_examples_of_the_pages(page: str, text: str) -> None:
    data = tomllib.loads(text)
    JUDGE.validate(data)
    parse(data)


#: One of everything that somebody may write, for any key.
ANYTHING: tuple[Any, ...] = (
    *(-1, 0, 1, 2, 11, 12, 30, 31, 64, 65, 100, 101, 65535, 65536, 0.0, 1.0, 17.5, 80.5, 100.1),
    *(True, False, "", " ", "x", "X", "a b", "a/b", "/a", "/", "//", "/./", "/a/..", "/a/./b"),
    *("..", "a/..", "../a", "a/../b", "...", "a..b", "/opt/x/", "/opt/x;", "a\n", "\na", "a\n\n"),
    *("19.0", "13.0", "1.2.3", "1", "1.2-rc.1", "1.2-dirty", "1.2-rc.1-dirty", "v1.2", "1.2\n"),
    *("1." + "2" * 9 + "-" + "a" * 70, "odoo:19.0", "Odoo:19", "localhost/x", "a.b/c:d", "A/b"),
    *("a:5000/b@sha256:" + "0" * 64, "a@sha256:0", "http://a", "a:b", "[::1]:5/a", "x" * 300),
    *("my_addon.my_cron", "my_addon", "é", "١", "_x", "-x", "(", "[a-z]+", "docker.io", "-f"),
    *([], [""], ["x"], ["x", 1], [1], ["("], ["/a"], ["a.b"], ["a b"], [["x"]], {}, {"x": 1}),
)


@pytest.mark.parametrize(("path", "field"), keys(), ids=lambda one: getattr(one, "name", None))
def test_schema_and_check_agree_about_anything(path: tuple[str, ...], field: Any) -> None:
    for value in ANYTHING:
        data = at(path, value)
        assert schema_takes(data) is pipeline_takes(data), data


@given(st.data())
def test_schema_and_check_agree_about_values_like_those_allowed(data: st.DataObject) -> None:
    limited = [(path, limit) for path, field in keys() if (limit := constraint(field))]
    path, limit = data.draw(st.sampled_from(limited))
    near = st.integers(-2, 70000) | st.floats(allow_nan=False) | st.text(max_size=8)
    if limit.pattern is not None:
        near |= st.from_regex(limit.pattern, fullmatch=True) | st.from_regex(limit.pattern)
    value = data.draw(near | near.map(lambda one: [one]))
    made = at(path, value)
    assert schema_takes(made) is pipeline_takes(made)


@pytest.mark.parametrize("name", ["fast", "a-b_1", "A", "", "-a", "a.b", "a\n", "x" * 42])
@pytest.mark.parametrize(
    "keys", [{}, {"paths": ["a"]}, {"paths": ["/a"]}, {"workers": 0}, {"x": 1}]
)
def test_schema_and_check_agree_about_suites(name: str, keys: dict[str, Any]) -> None:
    data = {"python": {"suites": {name: keys}}}
    assert schema_takes(data) is pipeline_takes(data)


@pytest.mark.parametrize(
    "data",
    [{"projekt": {}}, {"project": {"nmae": "x"}}, {"environments": {"test": {}}}, {"odoo": 1}],
)
def test_what_is_unknown_to_both(data: dict[str, Any]) -> None:
    assert not schema_takes(data) and not pipeline_takes(data)


@pytest.mark.parametrize(
    ("data", "guess"),
    [
        ({"projekt": {}}, "did you mean [project]? Else use one of: project, odoo"),
        ({"project": {"serie": "19.0"}}, "did you mean `series`? Else use one of: name"),
        ({"environments": {"prd": {}}}, "did you mean [environments.prod]?"),
        ({"environments": {"uat": {"databas": "x"}}}, "did you mean `database`?"),
        ({"zzz": {}}, "use one of: project"),
    ],
)
def test_what_was_probably_meant(data: dict[str, Any], guess: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(data)
    assert caught.value.fix.startswith(guess)


@pytest.mark.parametrize(
    ("module", "place"),
    [
        ("github.com/resultrum/odoo-mta@v0.1.0", "resultrum/odoo-mta/v0.1.0/scripts/"),
        ("github.com/acme/fork.git@main", "acme/fork/main/scripts/"),
        ("../odoo-mta", ""),
        ("github.com/acme/fork", ""),
        ("git.example.org/acme/fork@v1", ""),
    ],
)
def test_where_the_schema_of_a_module_is(module: str, place: str) -> None:
    assert place in schema.address(module) and bool(place) is bool(schema.address(module))
    if place:
        path = schema.address(module).split("/", 6)[6]
        assert (ROOT / path).resolve() == schema.FILE.resolve()
