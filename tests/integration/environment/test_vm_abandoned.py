"""A run that no resume can end is abandoned; then a rollback to a backup is possible."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from interrupted_runs import acting, die, in_process, killed, open_to_all
from vm_cells import MatrixEnvironment
from vm_migration import MIGRATION
from vm_starts import STARTS

from matrix import SCENARIOS
from pipeline.environment.operations.start import KINDS
from pipeline.environment.runs import alerts, journal, run_history
from pipeline.environment.runs.journal import Journal


def run_of(vm: Any, name: str = "") -> run_history.Past:
    """The run of this name; the newest."""
    found = run_history.find(vm.host.runs, name)
    assert found is not None
    return found


def apart(vm: Any, *words: str) -> tuple[int | None, str]:
    """A command in a process of its own, which is dead afterwards: what it left is nobody's."""
    path = vm.home.parent / "said.txt"

    def work() -> int:
        code, said = vm.command(*words)
        path.write_text(said)
        return code

    return in_process(work), path.read_text()


@pytest.fixture
def stuck(make_prod: Callable[[], Any]) -> Any:
    """PROD with a backup, and a deployment whose rollback point somebody removed."""
    vm = make_prod()
    assert vm.command("backup", "create")[0] == 0
    killed(vm, "migrate")
    vm.server.sql('DROP DATABASE "mta-prod-before-000002"')
    code, said = apart(vm, "resume")
    assert code == 14 and "the rollback point mta-prod-before-000002 is not there" in said
    return vm


def test_a_run_that_no_resume_ends_blocks_nothing_once_it_is_abandoned(
    stuck: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    vm, name = stuck, run_of(stuck).name
    told = f"pipeline environment abandon --environment prod --run {name}"
    for words in (("resume",), ("rollback",), ("backup", "create")):
        code, said = apart(vm, *words)
        assert code == 14 and told in said, said
    assert told in vm.command("status")[1] and told in run_of(vm, name).story.stuck.fix

    code, said = vm.command("abandon", "--run", name)
    assert code == 0 and "not undone: " in said and "migrate" in said, said
    for line in ("databases: mta-prod", "version in .env: v1", "containers of odoo-mta-web: 0"):
        assert line in said
    phrase = f"I understand that PRODUCTION is left as {name} left it"
    assert f'--apply --confirm "{phrase}"' in said
    assert run_of(vm, name).unfinished  # a dry run

    sent: list[str] = []
    monkeypatch.setattr(alerts, "send", lambda address, text: sent.append(text) or "")
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "http://127.0.0.1:9/")
    state = vm.host.environment.directory / "proxy" / "state"
    (state / "maintenance").touch()
    code, said = vm.command("abandon", "--run", name, "--apply", "--confirm", name)
    assert code == 2 and run_of(vm, name).unfinished
    code, said = vm.command("abandon", "--run", name, "--apply", "--confirm", phrase)
    assert code == 0 and f"{name}: abandoned" in said and "left as it is: not undone: " in said
    [alert] = sent
    assert "PROD: deploy v2 abandoned" in alert and "pipeline environment rollback" in alert
    open_to_all(vm)
    past = run_of(vm, name)
    assert past.story.outcome == "abandoned" and not past.unfinished
    assert "the rollback point" in past.story.ended.message  # why it was is kept for reading
    code, said = vm.command("attach", name)
    assert code == 13 and past.story.ended.fix in said
    runs = json.loads(vm.command("history", "--format", "json")[1])
    assert [one["outcome"] for one in runs if one["name"] == name] == ["abandoned"]
    status = vm.command("status")[1]
    assert status.endswith(f"\nwhat to do: {past.story.ended.fix}\n")

    assert vm.command("backup", "create")[0] == 0
    chosen = past.story.ended.fix.partition("--manifest ")[2]
    code, said = vm.command("rollback", "--manifest", chosen)
    assert code == 0, said
    assert vm.sql("SELECT to_regclass('new_in_v2') IS NULL") == "t"
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
    assert "what to do" not in vm.command("status")[1]
    assert "nothing was interrupted" in vm.command("resume")[1]


def test_what_it_made_is_kept_until_a_deployment_after_the_rollback(stuck: Any) -> None:
    """Its copies may be the only ones of what was there."""
    vm, name = stuck, run_of(stuck).name
    for kind in ("before", "aside"):
        vm.server.sql(f'CREATE DATABASE "mta-prod-{kind}-000002" TEMPLATE template0')
    phrase = f"I understand that PRODUCTION is left as {name} left it"
    assert vm.command("abandon", "--run", name, "--apply", "--confirm", phrase)[0] == 0
    assert vm.command("rollback")[0] == 0
    code, said = vm.deploy("v3", **MIGRATION)
    assert code == 0, said
    assert {"mta-prod-before-000002", "mta-prod-aside-000002"} <= set(vm.databases())


def test_what_can_still_be_ended_is_not_abandoned(vm: Any) -> None:
    killed(vm, "migrate")
    name = run_of(vm).name
    words = ("abandon", "--apply", "--confirm", name, "--run")
    code, said = vm.command(*words, name)
    assert code == 2 and "nobody has tried to bring" in said
    assert "pipeline environment resume --environment uat" in said
    for wanted in ("", "7"):
        code, said = vm.command(*words, wanted)
        assert code == 2 and f"there is no run '{wanted}'" in said and name in said
    assert vm.command("resume")[0] == 0
    code, said = vm.command(*words, name)
    assert code == 2 and "has ended: rolled-back" in said


def test_a_run_of_another_version_can_be_abandoned(vm: Any) -> None:
    folder = run_history.create(vm.host.runs, "transmute")
    written = Journal(folder / journal.FILE_NAME)
    written.write(journal.BEGAN, kind="transmute", environment="uat", request={"stone": 1})
    written.write(journal.STEP_BEGAN, step="boil")
    code, said = vm.command("resume")
    named = f"pipeline environment abandon --environment uat --run {folder.name}"
    assert code == 14 and "does not know its kind" in said and named in said
    code, said = vm.command("abandon", "--run", "1", "--apply", "--confirm", folder.name)
    assert code == 0, said
    assert vm.command("status")[1].endswith(f"what to do: {run_of(vm).story.ended.fix}\n")
    assert vm.deploy("v2")[0] == 0
    assert "what to do" not in vm.command("status")[1]


#: Each step of what changes the environment; always those in which most is half done.
QUICK = {("update", "migrate"), ("rollback", "restore"), ("refresh", "replace")}


def places() -> Iterator[object]:
    for scenario in SCENARIOS:
        if scenario.name == "first":
            continue  # there is no backup to go back to
        for step in KINDS[scenario.kind].steps:
            marks = () if (scenario.name, step.name) in QUICK else (pytest.mark.faults,)
            name = f"{scenario.name}-{step.name}"
            yield pytest.param(scenario.name, step.name, marks=marks, id=name)


@pytest.mark.parametrize(("scenario", "step"), list(places()))
def test_a_rollback_is_possible_whatever_step_never_ended(
    scenario: str, step: str, vm: Any, tmp_path: Path, drill_server: Any
) -> None:
    vm.sql("CREATE TABLE mail_mail (id serial PRIMARY KEY, state text)")
    vm.attach(b"a file")
    (vm.home / "drill").symlink_to(drill_server.folder)
    environment = MatrixEnvironment(vm, tmp_path / "bed", 0)
    code, said = vm.command("backup", "create")
    assert code == 0, said
    before, chosen = environment.state(), said.split()[-1]
    command, *_ = STARTS[scenario](vm, before)

    def work() -> int:
        acting(journal.STEP_DONE, step, die, before=True)
        return vm.command(*command)[0]

    try:
        if in_process(work) != 9:
            pytest.skip(f"{scenario} does not come to {step} here")
        past = run_of(vm)
        assert past.unfinished
        # No resume ever ends it.
        Journal(past.folder / journal.FILE_NAME).write(journal.STUCK, message="no", fix="never")
        code, said = vm.command("abandon", "--run", past.name, "--apply", "--confirm", past.name)
        assert code == 0, said
        open_to_all(vm)
        code, said = vm.command("rollback", "--manifest", chosen)
        assert code == 0, said
        found = environment.state()
        assert (found.version, found.files) == (before.version, before.files)
        assert found.rows == before.rows
        assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
        assert "what to do" not in vm.command("status")[1]
        open_to_all(vm)
    finally:
        drill_server.sql(f'DROP DATABASE IF EXISTS "{vm.database}" WITH (FORCE)')
