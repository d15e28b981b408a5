"""What the caller exports decides nothing: one place makes the environment of every program."""

from __future__ import annotations

import ast
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.core.process import (
    DATABASE,
    DOCKER,
    INTERNET,
    LOCAL,
    PROJECT,
    Surroundings,
    run,
    run_logged,
    stream,
)

ROOT = Path(__file__).parents[4]
#: What people, shells and CI runners export, and what would come of it.
STEERING = {
    "COMPOSE_FILE": "other.yml",
    "COMPOSE_PROJECT_NAME": "other",
    "COMPOSE_PROFILES": "debug",
    "COMPOSE_ENV_FILES": "other.env",
    "COMPOSE_DISABLE_ENV_FILE": "1",
    "COMPOSE_PATH_SEPARATOR": ";",
    "DOCKER_HOST": "tcp://other:2375",
    "DOCKER_CONTEXT": "other",
    "DOCKER_CONFIG": "/other",
    "DOCKER_DEFAULT_PLATFORM": "linux/arm64",
    "ODOO_IMAGE": "other",
    "ODOO_DATABASE": "other",
    "ODOO_PORT": "1",
    "POSTGRES_PASSWORD": "other",
    "PGHOST": "other",
    "PGDATABASE": "other",
    "PGSERVICE": "other",
    "PGOPTIONS": "-c search_path=other",
    "GIT_DIR": "/other",
    "GIT_WORK_TREE": "/other",
    "GIT_INDEX_FILE": "/other",
    "GIT_EXTERNAL_DIFF": "false",
    "GIT_PAGER": "false",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "log.showSignature",
    "GIT_CONFIG_VALUE_0": "true",
    "GIT_SSH_COMMAND": "false",
    "GIT_TEMPLATE_DIR": "/other",
    "LC_ALL": "de_DE.ISO-8859-1",
    "LC_MESSAGES": "de_DE",
    "LANGUAGE": "de",
    "BASH_ENV": "/other",
    "CDPATH": "/other",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error",
    "PYTHONSTARTUP": "/other",
    "PYTHONINSPECT": "1",
    "PYTHONIOENCODING": "latin-1",
    "PYTHONUTF8": "0",
    "PYTEST_ADDOPTS": "--collect-only",
    "PYTEST_PLUGINS": "other",
    "COVERAGE_RCFILE": "/other",
    "http_proxy": "http://other:1",
    "https_proxy": "http://other:1",
    "ALL_PROXY": "http://other:1",
    "TZ": "Asia/Tokyo",
    "USER": "other",
    "LANG": "de_DE",
    "XDG_CONFIG_HOME": "/other",
    "SSH_AUTH_SOCK": "/other",
    "GREP_OPTIONS": "--color=always",
    "LD_PRELOAD": "/other.so",
}
#: Whom what reaches all the same, and why.
MEANT = {
    "local": {"USER"},
    "docker": set(),
    "internet": {"USER", "http_proxy", "https_proxy", "ALL_PROXY", "SSH_AUTH_SOCK"},
    "database": {"USER", "PGHOST", "PGDATABASE", "PGSERVICE", "PGOPTIONS"},
}
ALL = {"local": LOCAL, "docker": DOCKER, "internet": INTERNET, "database": DATABASE}


@pytest.mark.parametrize("variable", STEERING)
@pytest.mark.parametrize("name", ALL)
def test_what_is_exported_reaches_only_those_whom_it_is_meant_for(name: str, variable: str) -> None:
    caller = {"PATH": "/bin", "HOME": "/home/a", variable: STEERING[variable]}
    plain = ALL[name].variables({"PATH": "/bin", "HOME": "/home/a"})
    given = ALL[name].variables(caller)
    if variable in MEANT[name]:
        assert given == {**plain, variable: STEERING[variable]}
    else:
        assert given == plain


@pytest.mark.parametrize("variable", STEERING)
def test_tests_of_the_project_are_not_steered(variable: str) -> None:
    """They get what their image says, but nothing that changes how tests are run and counted."""
    may = {"ODOO_IMAGE", "ODOO_DATABASE", "ODOO_PORT", "POSTGRES_PASSWORD", "USER", "LD_PRELOAD"}
    may |= {"XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "GREP_OPTIONS"}
    may |= {name for name in STEERING if name.startswith("DOCKER_")}
    given = PROJECT.variables({"PATH": "/bin", variable: STEERING[variable]})
    assert (given.get(variable) == STEERING[variable]) == (variable in may)


def test_the_image_of_a_project_may_set_its_own() -> None:
    caller = {"PYTHONPATH": "/opt/lib", "ODOO_RC": "/etc/odoo.conf", "LICENSE_SERVER": "x"}
    assert caller.items() <= PROJECT.variables(caller).items()


def test_without_a_search_path_programs_are_found() -> None:
    assert "/usr/bin" in LOCAL.variables({})["PATH"]


def test_a_folder_for_temporary_files_must_be_there(tmp_path: Path) -> None:
    assert LOCAL.variables({"TMPDIR": str(tmp_path)})["TMPDIR"] == str(tmp_path)
    assert "TMPDIR" not in LOCAL.variables({"TMPDIR": str(tmp_path / "none")})


def test_what_one_call_adds_wins() -> None:
    assert DOCKER.variables({"ODOO_IMAGE": "a"}, {"ODOO_IMAGE": "b"})["ODOO_IMAGE"] == "b"


@pytest.mark.parametrize("surroundings", ALL.values(), ids=ALL)
def test_every_way_to_run_a_program_makes_its_environment(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in STEERING.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("LD_PRELOAD")  # the loader minds it at once
    argv = ("/usr/bin/env", "-0")
    wanted = surroundings.variables(os.environ, {"ADDED": "1"})

    def read(text: str) -> dict[str, str]:
        return dict(row.split("=", 1) for row in text.split("\0") if row)

    assert read(run(argv, env={"ADDED": "1"}, surroundings=surroundings).stdout) == wanted
    with stream(argv, env={"ADDED": "1"}, surroundings=surroundings) as program:
        assert program.stdout
        assert read(program.stdout.read().decode()) == wanted
    log = tmp_path / "log"
    run_logged(argv, log=log, timeout=20, env={"ADDED": "1"}, surroundings=surroundings)
    assert read(log.read_text(encoding="utf-8")) == wanted


def _calls(folder: str) -> list[tuple[str, ast.Call]]:
    found = []
    for file in sorted((ROOT / folder).rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        where = file.relative_to(ROOT).as_posix()
        found += [
            (f"{where}:{node.lineno}", node)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
        ]
    return found


#: Functions that read or write text, and after how many arguments the encoding would stand.
TEXT = {"read_text": 0, "write_text": 1, "open": 3, "fdopen": 3, "NamedTemporaryFile": 3}


@pytest.mark.parametrize("folder", ["scripts/pipeline", "scripts/docs", "ci/src"])
def test_text_has_its_encoding(folder: str) -> None:
    """What a file holds must not depend on the caller's language."""
    without = []
    for where, call in _calls(folder):
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name not in TEXT or _owner(function) in ("os", "tarfile", "gzip", "zipfile", "options"):
            continue
        named = {keyword.arg for keyword in call.keywords}
        words = [a.value for a in call.args if isinstance(a, ast.Constant)]
        if isinstance(function, ast.Attribute) and name == "open" and call.args and not words:
            continue  # of an address, by urllib
        binary = any(isinstance(word, str) and "b" in word and len(word) < 4 for word in words)
        binary = binary or (name == "NamedTemporaryFile" and not call.args)
        registry = {"login", "where"} & named
        if not (named & {"encoding"} or binary or registry or len(call.args) > TEXT[name]):
            without.append(where)
    assert without == []


def _owner(function: ast.expr) -> str:
    inner = function.value if isinstance(function, ast.Attribute) else None
    return inner.id if isinstance(inner, ast.Name) else ""


def test_nobody_else_hands_the_callers_environment_on() -> None:
    """A variable of it may be asked for; the whole of it is only for who chooses from it."""
    whole = re.compile(r"\bos\.environ\b(?!\.get\(|\[)")
    users = {
        file.relative_to(ROOT / "scripts/pipeline").as_posix()
        for file in (ROOT / "scripts/pipeline").rglob("*.py")
        if whole.search(file.read_text(encoding="utf-8"))
    }
    inside_a_test = "test/recording/inside/pipeline_pytest.py"
    assert users - {inside_a_test} == {
        *("core/process/capture.py", "core/process/streaming.py", "core/process/background.py"),
        *("core/process/start.py", "environment/host/dotenv.py"),
    }


PRINT = "import sys; from pipeline.core.process import settle; settle(); print('é…✓', sys.argv[1])"


@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "de_DE.ISO-8859-1"},
        {"LC_ALL": "C", "PYTHONIOENCODING": "latin-1:strict", "PYTHONUTF8": "0"},
        {},
    ],
)
def test_what_is_printed_and_which_files_are_meant_is_utf_8(
    variables: dict[str, str], tmp_path: Path
) -> None:
    code = PRINT + f"; open({str(tmp_path)!r} + '/straße', 'w').close()"
    script = tmp_path / "run.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), "ü"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "scripts"), **variables},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode("utf-8") == "é…✓ ü\n"
    assert set(os.listdir(os.fsencode(tmp_path))) == {b"run.py", "straße".encode()}


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777])
def test_the_umask_is_always_the_same(mask: int, tmp_path: Path) -> None:
    code = f"from pipeline.core.process import settle; settle(); open({str(tmp_path / 'f')!r}, 'w')"
    subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "scripts"), "PATH": os.environ["PATH"]},
        check=True,
        umask=mask,
        timeout=60,
    )
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o644


SEND = """
import requests
from pipeline.core.process import settle
settle()
session, given = requests.Session(), {"Authorization": "Bearer given"}
request = session.prepare_request(requests.Request("GET", "https://hub.test/x", headers=given))
local = requests.utils.get_environ_proxies("http://127.0.0.1:5000/v2/")
far = requests.utils.get_environ_proxies("http://hub.test/v2/")
print(request.headers["Authorization"], "http" in local, "http" in far)
"""


@pytest.mark.parametrize("no_proxy", ["", "other.test", "*"])
def test_a_persons_logins_and_proxies_do_not_get_between(no_proxy: str, tmp_path: Path) -> None:
    """A .netrc may have an entry for every host; a proxy is for what is far away."""
    (tmp_path / ".netrc").write_text("default login me password other\n")
    (tmp_path / ".netrc").chmod(0o600)
    done = subprocess.run(
        [sys.executable, "-c", SEND],
        env={
            **{"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "scripts")},
            **{"HOME": str(tmp_path), "http_proxy": "http://proxy.test:1", "no_proxy": no_proxy},
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == ["Bearer", "given", "False", str(no_proxy != "*")], done.stderr
