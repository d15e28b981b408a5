"""A deployment that is killed at any step of its journal: resumed, nothing is lost."""

from __future__ import annotations

import pytest

from bed_project import psql
from bed_stage import CRASHING, NEW, OLD, prepared
from pipeline.vm.deploy import DEPLOY
from pipeline.vm.rollback import ROLLBACK

KILL = "kill -9 $PID"
STEPS = [step.name for step in DEPLOY.steps]
#: What is taken back of a version that does not get healthy.
UNDONE = [
    step.name for step in reversed(DEPLOY.steps[: STEPS.index("health")]) if step.undo is not None
]
#: The version that runs after an end.
RUNS = {"done": NEW, "failed": OLD, "rolled-back": OLD}


def test_a_first_deployment_that_is_killed(uat, project, registry, versions) -> None:
    """The sample that `make test` has: on an empty VM, and nothing is left of it."""
    stage = prepared(uat, project, registry, versions)
    ended = stage.during(stage.deploy(OLD), "step-began", "migrate", f"sleep 2; {KILL}")
    assert ended["acted"] and ended["code"] not in (0, 1), ended
    assert "rolled-back" in stage.pipeline("resume")
    assert "the lock is free\n" == stage.pipeline("unlock")
    containers = uat.root("docker ps --all --format '{{.Names}}'").out.split()
    assert sorted(containers) == ["odoo-mta-db", "odoo-mta-odoo-mta-proxy-1"]
    asked = (
        "docker exec odoo-mta-db psql -U odoo -d postgres -tAc 'SELECT datname FROM pg_database'"
    )
    assert "mta-uat" not in uat.root(asked).out


@pytest.mark.faults
@pytest.mark.parametrize("step", STEPS)
def test_killed_in_the_middle_of_a_step(stage, step) -> None:
    ended = stage.during(stage.deploy(NEW), "step-began", step, KILL, part=0.5)
    assert ended["acted"] and ended["code"] not in (0, 1), ended
    assert stage.outcomes() == ["unfinished"]
    said = stage.pipeline("resume")
    [outcome] = stage.outcomes()
    assert f": {outcome}" in said
    assert stage.whole() == RUNS[outcome]
    accepted = [one.name for one in DEPLOY.steps if one.accepts][0]
    assert (outcome == "done") is (STEPS.index(step) > STEPS.index(accepted))


@pytest.mark.faults
@pytest.mark.parametrize("step", [step.name for step in ROLLBACK.steps])
def test_a_rollback_killed_in_the_middle_of_a_step(stage, step) -> None:
    """It goes on to its end; what was written after the backup is kept aside."""
    stage.pipeline("backup")
    psql(stage.machine, "INSERT INTO bed_boat (name) VALUES ('later')")
    ended = stage.during(["rollback"], "step-began", step, f"sleep 0.2; {KILL}")
    assert ended["acted"] and ended["code"] not in (0, 1), ended
    stage.pipeline("resume")
    assert stage.outcomes() == ["done", "done"]
    assert stage.whole() == OLD
    aside = "mta-uat-aside-000003"
    assert "later" in stage.in_copy(aside, "SELECT name FROM bed_boat")


@pytest.mark.faults
@pytest.mark.parametrize("step", UNDONE)
def test_killed_while_a_step_is_taken_back(stage, step) -> None:
    """The version crashes when it shall serve; the way back is killed, too.

    What takes milliseconds may be over before the kill: then it must have ended well.
    """
    later = "sleep 0.3; " if stage.seconds[step] > 0.5 else ""
    ended = stage.during(stage.deploy(CRASHING), "undo-began", step, later + KILL)
    assert ended["acted"] or "ended: rolled-back" in ended["out"], ended
    stage.pipeline("resume")
    assert stage.outcomes() == ["rolled-back"]
    assert stage.whole() == OLD
