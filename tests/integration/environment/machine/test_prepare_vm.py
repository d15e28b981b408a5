"""The preparation of a machine: real git and real files; root's and Docker's part is stood in for.

The whole of it runs on a VM in tests/e2e.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pipeline.core.errors import InputError, ToolError
from pipeline.environment.host.dotenv import read as dotenv
from pipeline.environment.machine import prepare

#: What the programs of a machine answer, and where they leave what they were asked.
FAKES = {
    "docker": """case "$*" in
--version) [ -e "$STATE/docker" ] && echo 'Docker version 26.1.5' || exit 1 ;;
"compose version") [ -e "$STATE/compose" ] && echo 'Docker Compose version 2.26.1' || exit 1 ;;
esac""",
    "docker-compose": """[ -e "$STATE/usr/local/bin/docker-compose" ] && echo v2.26.1 || exit 1""",
    "id": """[ "$1" = -nG ] && { cat "$STATE/groups" 2>/dev/null || echo tester; }""",
    "systemctl": """case "$1" in
is-enabled) [ -e "$STATE/enabled" ] && echo enabled || exit 1 ;;
enable) touch "$STATE/enabled" ;;
esac""",
    "curl": "echo '# a script'",
    "sudo": """echo "$*" >> "$STATE/asked"
shift
case "$1" in
id) echo 0 ;;
sh) touch "$STATE/docker" "$STATE/compose" ;;
env) case "$*" in *docker.io*) touch "$STATE/docker" "$STATE/compose" ;; esac ;;
usermod) echo tester docker > "$STATE/groups" ;;
install) mkdir -p "$STATE$(dirname "$6")" && cp "$5" "$STATE$6" ;;
chown) ;;
*) "$@" ;;
esac""",
}


@pytest.fixture
def project(tmp_path, git_in) -> Path:
    """A repository to clone."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / ".env.example").write_text("# Settings\nENVIRONMENT=\nPOSTGRES_PASSWORD=\nKEPT=1\n")
    (folder / "docker-compose.yml").write_text("services: {}\n")
    (folder / "docker-compose.override.yml").write_text("services: {}\n")
    git_in(folder, "init", "-q", "-b", "main")
    git_in(folder, "add", ".")
    git_in(folder, "commit", "-q", "-m", "first")
    return folder


@pytest.fixture
def state(tmp_path, monkeypatch) -> Path:
    """A machine without anything, whose user is not root."""
    programs, state = tmp_path / "bin", tmp_path / "state"
    programs.mkdir()
    state.mkdir()
    for name, script in FAKES.items():
        file = programs / name
        file.write_text(f"#!/bin/sh\nSTATE='{state}'\n{script}\n")
        file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setattr(prepare.facts, "user", lambda: "tester")
    monkeypatch.setattr(
        prepare,
        "_text",
        lambda path, real=prepare._text: real(path) or real(Path(f"{state}{path}")),
    )
    return state


@pytest.fixture
def settings(tmp_path) -> Path:
    file = tmp_path / "settings.toml"
    file.write_text(
        "[project]\nname = 'shop'\n"
        f"[environments.uat]\ndirectory = '{tmp_path}/opt/shop'\nbackups = '{tmp_path}/b/test'\n"
        f"[environments.prod]\ndirectory = '{tmp_path}/opt/shop-prod'\n"
        f"backups = '{tmp_path}/b/prod'\n"
    )
    return file


@pytest.fixture
def prepared(run_pipeline, state, settings, project):
    def run(*arguments: str, environment: str = "uat") -> tuple[int, str]:
        return run_pipeline(
            *("environment", "prepare", "--environment", environment, "--settings", settings),
            *("--repository", project, *arguments),
        )

    return run


def test_everything_is_made_once(prepared, tmp_path, state) -> None:
    code, printed = prepared("--dry-run")
    assert code == 0
    assert not [line for line in printed.splitlines() if line.startswith("made")]
    assert not (tmp_path / "opt").exists()
    code, printed = prepared()
    assert code == 0, printed
    home = tmp_path / "opt/shop"
    said = dotenv(home / ".env")
    assert said["ENVIRONMENT"] == "uat"
    assert said["ODOO_DATABASE"] == "shop-uat"
    assert said["COMPOSE_FILE"] == "docker-compose.yml"
    assert len(said["POSTGRES_PASSWORD"]) == 32
    assert said["KEPT"] == "1"
    assert stat.S_IMODE((home / ".env").stat().st_mode) == 0o600
    unit = (state / "etc/systemd/system/shop-resume-uat.service").read_text()
    assert "User=tester" in unit
    assert f"WorkingDirectory={home}" in unit
    assert "ExecStart=/usr/local/bin/pipeline environment resume --environment uat" in unit
    assert "pipeline.pyz" in (state / "usr/local/bin/pipeline").read_text()
    assert "exec docker compose" in (state / "usr/local/bin/docker-compose").read_text()
    asked = (state / "asked").read_text()
    assert "-n usermod -aG docker tester" in asked
    code, printed = prepared()
    assert "uat: 0 things were made" in printed
    assert dotenv(home / ".env") == said


def test_docker_comes_from_where_it_is_wanted(prepared, state) -> None:
    prepared()
    assert "get.docker.com" not in (state / "asked").read_text()  # fetched by the user, run by root
    assert "-n sh " in (state / "asked").read_text()
    for name in ("docker", "compose", "asked"):
        (state / name).unlink()
    prepared("--docker", "packages")
    assert "install -y --no-install-recommends docker.io" in (state / "asked").read_text()


def test_a_second_run_brings_the_clone_forward(prepared, project, git_in, tmp_path) -> None:
    prepared()
    (project / "new").write_text("new\n")
    git_in(project, "add", ".")
    git_in(project, "commit", "-q", "-m", "second")
    code, printed = prepared()
    assert "uat: 1 thing was made" in printed
    assert (tmp_path / "opt/shop/new").exists()


def test_changes_in_the_clone_are_not_lost(prepared, project, git_in, tmp_path) -> None:
    prepared()
    (tmp_path / "opt/shop/new").write_text("by hand\n")
    (project / "new").write_text("new\n")
    git_in(project, "add", ".")
    git_in(project, "commit", "-q", "-m", "second")
    code, printed = prepared()
    assert code == ToolError.exit_code
    assert "has changes of its own" in printed
    assert (tmp_path / "opt/shop/new").read_text() == "by hand\n"


def test_two_environments_are_not_mixed_up(prepared, tmp_path) -> None:
    prepared()
    code, printed = prepared(environment="prod")
    assert code == InputError.exit_code
    assert "this machine is uat" in printed
    assert not (tmp_path / "opt/shop-prod").exists()


def test_what_stops_a_preparation_before_it_begins(
    prepared, run_pipeline, settings, tmp_path
) -> None:
    code, printed = run_pipeline(
        "environment", "prepare", "--environment", "uat", "--settings", settings
    )
    assert code == InputError.exit_code
    assert "no address to clone" in printed
    (tmp_path / "bin/sudo").write_text("#!/bin/sh\nexit 1\n")
    code, printed = prepared()
    assert code == ToolError.exit_code
    assert "may not become root" in printed
    assert not (tmp_path / "opt").exists()


def test_a_repository_that_cannot_be_read(prepared, project) -> None:
    prepared()
    project.rename(project.with_name("gone"))
    code, printed = prepared()
    assert code == ToolError.exit_code
    assert "cannot be brought up to date" in printed


def test_an_older_unit_is_replaced_and_read_again(prepared, state, tmp_path) -> None:
    prepared()
    unit = state / "etc/systemd/system/shop-resume-uat.service"
    now = unit.read_text()
    unit.write_text(now.replace("Restart=on-failure\n", ""))
    (state / "asked").unlink()
    code, printed = prepared()
    assert code == 0 and "uat: 1 thing was made" in printed
    assert unit.read_text() == now
    assert "systemctl enable shop-resume-uat.service" in (state / "asked").read_text()


def test_a_persons_git_settings_make_no_other_clone(prepared, tmp_path, state, monkeypatch) -> None:
    """They say how to log in somewhere, and not what a clone is."""
    home = tmp_path / "person"
    (home / "template/hooks").mkdir(parents=True)
    hook = home / "template/hooks/post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    (home / ".gitconfig").write_text(f"""
[clone]\n defaultRemoteName = upstream
[init]\n templateDir = {home}/template
[core]\n autocrlf = true\n hooksPath = {home}/template/hooks\n fsmonitor = {hook}
[merge]\n ff = false\n verifySignatures = true
[color]\n ui = always
[submodule]\n recurse = true
[alias]\n clone = version\n fetch = version
""")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    code, said = prepared()
    assert code == 0, said
    code, said = prepared()
    assert (code, "0 things were made" in said) == (0, True), said
    clone = tmp_path / "opt/shop"
    assert b"\r" not in (clone / "docker-compose.yml").read_bytes()
    assert not (tmp_path / "ran").exists()
