"""At each step of each kind of run a program fails and quotes a row: nobody outside reads it.

Steps and kinds are the product's own lists: what is added there is tried here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from anonymized_dump import write_dump

from pipeline.environment.operations.start import KINDS
from pipeline.environment.runs import alerts

NAME = "Quillfeather"
#: What PostgreSQL and Odoo print when a row is wrong.
PLANTED = f"""\
2026-11-27 08:00:01,123 7 ERROR mta odoo.sql_db: bad query: INSERT INTO t VALUES ('{NAME}')
psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "partner_uniq"
DETAIL:  Key (email)=(anna@{NAME}.test) already exists.
CONTEXT:  COPY res_partner, line 3: "7 {NAME}"
STATEMENT:  UPDATE res_partner SET name = '{NAME}'
LOG:  parameters: $1 = '{NAME}'
odoo.exceptions.ValidationError: {NAME} has no address
<record id="p"><field name="name">{NAME}</field></record>
pg_restore: error: COPY failed for table "res_partner": ERROR:  invalid name: "{NAME}"
"""
#: Readable by their owner alone, on the server alone: they have all that Odoo said.
PRIVATE = ("migrate.log", "container.log")
#: In place of `docker`: while a step is under way, what runs in a container quotes a row and fails.
WRAPPER = """#!/bin/sh
last=$(cat {runs}/runs/*/journal.jsonl 2>/dev/null | grep -E '"event": "(step|undo)-' | tail -n 1)
case "$last" in
  *'"step-began"'*'"step": "{step}"'*)
    case " $* " in
      {only}) touch {runs}/../planted; cat {text}; cat {text} >&2; exit 1 ;;
    esac ;;
esac
exec env -u PWD -u OLDPWD -u SHLVL -u _ {docker} "$@"
"""
#: Steps in which each kind of run is tried always; all of them in `make faults`.
QUICK = {("deploy", "migrate"), ("load-refresh", "load"), ("backup", "backup")}


def steps() -> Iterator[object]:
    """Each step of each kind of run that is asked for here."""
    for name in ("deploy", "load-refresh", "backup"):
        for step in KINDS[name].steps:
            quick = (name, step.name) in QUICK
            marks = () if quick else (pytest.mark.faults,)
            yield pytest.param(name, step.name, marks=marks, id=f"{name}-{step.name}")


@pytest.fixture
def plant(vm, tmp_path: Path) -> Callable[..., None]:
    """Put the wrapper in the place of `docker`."""

    def put(step: str, only: str = "*") -> None:
        settings = vm.host.environment.directory / "pipeline.toml"
        settings.write_text(f"{settings.read_text()}boot_seconds = 2\n")
        program, text = tmp_path / "bin" / "docker", tmp_path / "planted.txt"
        text.write_text(PLANTED)
        real = program.with_name("real-docker")
        program.rename(real)
        values = {"runs": vm.host.runs, "step": step, "only": only, "text": text, "docker": real}
        program.write_text(WRAPPER.format(**values))
        program.chmod(0o755)

    return put


def dump(vm, path: Path) -> list[object]:
    """A dump that UAT would take, and the options that name it."""
    write_dump(vm, path)
    return ["--dump", path, "--sha256", hashlib.sha256(path.read_bytes()).hexdigest()]


def outside(vm) -> Iterator[tuple[str, str]]:
    """All files that somebody else could read, or that are sent away."""
    for folder in (vm.host.runs, vm.backups):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name not in PRIVATE:
                yield str(path), path.read_bytes().decode("utf-8", "replace")
            elif path.is_file():
                assert path.stat().st_mode & 0o077 == 0, f"{path} is not private"


@pytest.mark.parametrize(("kind", "step"), list(steps()))
def test_no_row_leaves_whatever_step_quotes_one(
    kind: str, step: str, vm, plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(alerts, "send", lambda address, text: sent.append(text) or "")
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "http://127.0.0.1:9/")
    options = dump(vm, tmp_path / "uat.dump") if kind == "load-refresh" else []
    update = {"version": "19.0.2.0.0", "update": "SELECT 1"}
    reference = vm.publish("v2", **update) if kind == "deploy" else ""
    options += ["--image", reference, "--version", "v2"] if reference else []
    plant(step, only='*" exec "*|*" run "*|*" logs "*')
    words = ("backup", "create") if kind == "backup" else (kind,)
    code, said = vm.command(*words, *options)
    said += vm.command("history", "--format", "json")[1] + vm.command("status")[1]
    assert NAME not in said
    assert not [text for text in sent if NAME in text]
    assert not [where for where, text in outside(vm) if NAME in text]
    if (tmp_path / "place" / "planted").exists():
        assert code != 0 or "warning" in said
        # What is no row is told: to whoever called, and not to the channel.
        assert not [text for text in sent if "partner_uniq" in text]
    if (kind, step) in QUICK:
        assert (tmp_path / "place" / "planted").exists() and "partner_uniq" in said
