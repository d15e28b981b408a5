"""At each step of each kind of run a program fails and quotes a row: nobody outside reads it.

Steps and kinds are the product's own lists: what is added there is tried here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from vm_cells import MatrixEnvironment
from vm_starts import STARTS

from matrix import SCENARIOS
from pipeline.environment.operations.start import KINDS
from pipeline.environment.outbox import hold_sql
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
#: So does, if asked for, whatever is called while steps are undone.
WRAPPER = """#!/bin/sh
last=$(cat {runs}/runs/*/journal.jsonl 2>/dev/null | grep -E '"event": "(step|undo)-' | tail -n 1)
case "$last" in
  {when})
    case " $* " in
      *" exec "*|*" run "*|*" logs "*)
        touch {runs}/../planted; cat {text}; cat {text} >&2; exit 1 ;;
    esac ;;
esac
exec env -u PWD -u OLDPWD -u SHLVL -u _ {docker} "$@"
"""
#: The step of each run in which it is tried always; all of them in `make faults`.
QUICK = {
    ("update", "migrate"),
    ("refresh", "load"),
    ("backup", "backup"),
    ("rollback", "restore"),
    ("drill", "restore"),
    ("outbox", "decide"),
}
#: Commands that only look.
LOOKING = (
    *(("status",), ("history",), ("outbox",), ("outbox", "--release"), ("backup", "list")),
    *(("backup", "verify"), ("backup", "prune", "--dry-run"), ("doctor",), ("unlock",)),
)


def steps() -> Iterator[object]:
    """Each step of each run as the tests start it, by itself and with all that undoes it."""
    for scenario in SCENARIOS:
        if scenario.name == "first":
            continue  # there are no rows yet
        for step in KINDS[scenario.kind].steps:
            for undone in (False, True):
                quick = (scenario.name, step.name) in QUICK and not undone
                marks = () if quick else (pytest.mark.faults,)
                name = f"{scenario.name}-{step.name}" + ("-and-undone" if undone else "")
                yield pytest.param(scenario.name, step.name, undone, marks=marks, id=name)


@pytest.fixture
def plant(vm, tmp_path: Path) -> Callable[..., None]:
    """Put the wrapper in the place of `docker`; ``when`` matches the journal's last line."""

    def put(when: str) -> None:
        settings = vm.host.environment.directory / "pipeline.toml"
        settings.write_text(f"{settings.read_text()}boot_seconds = 2\n")
        program, text = tmp_path / "bin" / "docker", tmp_path / "planted.txt"
        text.write_text(PLANTED)
        real = program.with_name("real-docker")
        program.rename(real)
        values = {"runs": vm.host.runs, "when": when, "text": text, "docker": real}
        program.write_text(WRAPPER.format(**values))
        program.chmod(0o755)

    return put


@pytest.fixture
def started(vm, tmp_path: Path, drill_server) -> Iterator[Callable[[str], list[str]]]:
    """Prepare a run; gives the command that starts it."""
    vm.sql("CREATE TABLE mail_mail (id serial PRIMARY KEY, state text)")
    vm.attach(b"a file")
    (vm.home / "drill").symlink_to(drill_server.folder)

    def prepare(scenario: str) -> list[str]:
        return STARTS[scenario](vm, MatrixEnvironment(vm, tmp_path / "bed", 0).state())[0]

    yield prepare
    drill_server.sql(f'DROP DATABASE IF EXISTS "{vm.database}" WITH (FORCE)')


def test_every_run_is_tried_in_a_step_of_its_own() -> None:
    tried = {scenario.kind for scenario in SCENARIOS if scenario.name in dict(QUICK)}
    assert tried == set(KINDS)


def outside(vm) -> Iterator[tuple[str, str]]:
    """All files that somebody else could read, or that are sent away."""
    for folder in (vm.host.runs, vm.backups):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name not in PRIVATE:
                yield str(path), path.read_bytes().decode("utf-8", "replace")
            elif path.is_file():
                assert path.stat().st_mode & 0o077 == 0, f"{path} is not private"


@pytest.mark.parametrize(("scenario", "step", "undone"), list(steps()))
def test_no_row_leaves_whatever_step_quotes_one(
    scenario: str,
    step: str,
    undone: bool,
    vm,
    plant,
    started,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(alerts, "send", lambda address, text: sent.append(text) or "")
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "http://127.0.0.1:9/")
    command = started(scenario)
    plant(f"""*'"step-began"'*'"step": "{step}"'*""" + ("""|*'"undo-began"'*""" if undone else ""))
    code, said = vm.command(*command)
    first = said
    for words in (("history", "--format", "json"), *LOOKING):
        said += vm.command(*words)[1]
    assert NAME not in said
    assert not [text for text in sent if NAME in text]
    assert not [where for where, text in outside(vm) if NAME in text]
    if (tmp_path / "place" / "planted").exists():
        assert code != 0 or "warning" in said
        # What is no row is told: to whoever called, and not to the channel.
        assert not [text for text in sent if "partner_uniq" in text]
    if (scenario, step) in QUICK:
        assert (tmp_path / "place" / "planted").exists() and "partner_uniq" in first


def test_no_row_leaves_a_command_that_only_looks(vm, plant, started, tmp_path: Path) -> None:
    started("outbox")
    assert vm.command("backup", "create")[0] == 0
    plant("*")
    for words in LOOKING:
        code, said = vm.command(*words)
        assert NAME not in said, (words, said)
    assert (tmp_path / "place" / "planted").exists()


def test_no_row_leaves_the_database_itself(vm, started) -> None:
    """PostgreSQL's own words, of a row that a trigger refuses."""
    vm.sql(f"""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
        RAISE EXCEPTION '{NAME} has no address' USING DETAIL = '{NAME}', HINT = '{NAME}'; END$$""")
    release = started("outbox")
    vm.sql(
        "CREATE TRIGGER refuse BEFORE UPDATE ON mail_mail FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    code, said = vm.command(*release)
    assert code != 0 and "withheld" in said, said
    vm.sql(f"UPDATE {hold_sql.TABLE} SET outcome = 'dropped'")
    vm.sql(
        "ALTER TABLE mail_mail DISABLE TRIGGER ALL; INSERT INTO mail_mail (state) "
        "VALUES ('outgoing'); ALTER TABLE mail_mail ENABLE TRIGGER ALL"
    )
    said += vm.command("backup", "create")[1]
    code, output = vm.command("rollback")
    assert code == 0, output  # what cannot be held is a warning, and every schedule is held
    said += output + vm.command("status")[1] + vm.command("history", "--format", "json")[1]
    assert NAME not in said
    assert not [where for where, text in outside(vm) if NAME in text and ".dump" not in where]
