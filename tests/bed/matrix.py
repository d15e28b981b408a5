"""The matrix of faults: what can run × each of its steps and ways back × each fault × UAT and PROD.

Kinds and steps are the product's own: which ways back a run can take is found by letting the
product perform its kinds with steps that do nothing. Pure.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from matrix_levels import FULL, PLACES, SAMPLE
from matrix_played import played
from pipeline.core.errors import PipelineError
from pipeline.core.settings.environments import NAMES, UAT
from pipeline.environment.operations.deploy import DeployRequest
from pipeline.environment.operations.drill import KnownNames
from pipeline.environment.operations.outbox import OutboxRequest
from pipeline.environment.operations.refresh import RefreshRequest
from pipeline.environment.operations.start import KINDS
from pipeline.environment.operations.steps.chosen_backup import ChosenBackup
from pipeline.environment.operations.steps.comparison import Compared
from pipeline.environment.operations.steps.facts import BackedUp, Identity
from pipeline.environment.operations.steps.preparation import PreparedRequest
from pipeline.environment.runs import journal, runner
from pipeline.environment.runs.noted import Fact, Request
from pipeline.environment.runs.runner import Kind

#: What happens: the step itself, its way back, or the halt in which a run waits for a person.
DO, UNDO, HALT = "do", "undo", "halt"


@dataclass(frozen=True)
class Scenario:
    """A run as it is started in the tests.

    Attributes:
        name: in the names of tests.
        kind: the product's kind of run.
        request: what is asked for; of a deployment the environment decides what a failure does.
        facts: what its journal says when a step is asked whether its turn has come.
        altered: what else it says once the step that alters the database is done.
        environments: where there is such a run.
    """

    name: str
    kind: str
    request: Request = Request()
    facts: tuple[Fact, ...] = ()
    altered: tuple[Fact, ...] = ()
    environments: tuple[str, ...] = NAMES


_DEPLOY = DeployRequest(
    image="registry.test/a@sha256:1", version="v2", reason="play", auto_rollback=True
)
_REFRESH = RefreshRequest(dump="/nowhere/none", sha256="", reason="play")
_CHOSEN = ChosenBackup(manifest="/nowhere/none")
_BACKED_UP = BackedUp("/nowhere/manifest")
#: What a deployment finds: an update, one without, and a new database.
_UPDATE = Compared((), (("boats", "why"),), side=False, series="18.0", why="played")
_SIDE = Compared((), (), side=True, series="18.0", why="played")
_FIRST = Compared(("boats",), (), side=False, series="18.0", why="played")
SCENARIOS = (
    Scenario("update", "deploy", _DEPLOY, (_BACKED_UP, _UPDATE)),
    Scenario("side-by-side", "deploy", _DEPLOY, (_BACKED_UP, _SIDE)),
    Scenario("first", "deploy", _DEPLOY, (_FIRST,)),
    # A played machine has no database: its identity is the empty one, which is another in the end.
    Scenario("rollback", "rollback", _CHOSEN, (Identity(""),), (Identity("another"),)),
    Scenario("refresh", "load-refresh", _REFRESH, environments=(UAT,)),
    Scenario("backup", "backup", PreparedRequest(reason="play")),
    Scenario("drill", "drill", _CHOSEN, (KnownNames((), has_image=True),)),
    Scenario("outbox", "outbox", OutboxRequest(release=True)),
)

#: Name: what it does. How it is done is next to the machine: see bed_faults.py.
FAULTS = {
    "kill": "`kill -9` in the middle",
    "fails": "the first call of Docker, program or socket, fails",
    "fails-late": "the last call of Docker does its work, then fails",
    "hangs": "the call of Docker never ends",
    "disk": "the disk is full",
    "term": "SIGTERM, as `unlock --force` sends",
    "power": "the power is cut; afterwards PostgreSQL needs 30 s to answer",
}
#: The fault that a place gets instead where no program is called: each place is to have one.
NO_PROGRAM = {"fails": "kill", "fails-late": "term", "hangs": "disk"}


@dataclass(frozen=True)
class Place:
    """Where a fault is injected.

    Attributes:
        scenario: the run.
        environment: ``uat`` or ``prod``.
        way: ``do``, ``undo`` or ``halt``.
        step: of that step; of a halt: the step that failed.
        trip: the step that fails, or is killed, before it comes to this; empty: none.
        resumed: whether it is injected into the resume of the run, which was killed at ``trip``.
    """

    scenario: Scenario
    environment: str
    way: str
    step: str
    trip: str = ""
    resumed: bool = False

    @property
    def what(self) -> tuple[str, str, str, bool]:
        """The place, whichever the environment."""
        return self.scenario.name, self.way, self.step, self.resumed

    @property
    def event(self) -> str:
        """The event of the journal with which it begins."""
        return {
            DO: journal.STEP_BEGAN,
            UNDO: journal.UNDO_BEGAN,
            HALT: journal.STEP_FAILED,
        }[self.way]

    def alike(self, other: Place) -> bool:
        """Whether it is of the same sort, whichever the step."""
        mine, theirs = replace(self, step="", trip=""), replace(other, step="", trip="")
        return mine == theirs

    def __str__(self) -> str:
        resumed = "resumed-" if self.resumed else ""
        return f"{self.scenario.name}-{resumed}{self.way}-{self.step}"


@dataclass(frozen=True)
class Cell:
    """One test: a place and a fault."""

    place: Place
    fault: str

    def __str__(self) -> str:
        return f"{self.place}-{self.fault}-{self.place.environment}"


def cells(level: str = FULL, kinds: Mapping[str, Kind] = KINDS) -> list[Cell]:
    """The cells of a level; each level is a part of the next.

    ``full`` has every fault at every place of both environments; ``pairs`` every fault at every
    place, on UAT and PROD in turn; ``places`` every place, with the faults in turn; ``sample`` one
    way of each sort on an empty VM, which needs no stage.
    """
    by_what: dict[tuple[str, str, str, bool], list[Place]] = {}
    for scenario in SCENARIOS:
        for place in places(scenario, kinds):
            by_what.setdefault(place.what, []).append(place)
    turns = Counter[tuple[str, str]]()
    once = [
        _in_turn(there, fault, turns)
        for there, fault in zip(by_what.values(), itertools.cycle(FAULTS))
    ]
    if level == PLACES:
        return once
    if level == SAMPLE:
        sorts = {
            (cell.place.way, cell.place.resumed): cell
            for cell in reversed(once)
            if cell.place.scenario.name == "first"
            and cell.place.environment == UAT
            and cell.fault in ("kill", "term", "fails")
        }
        return list(sorts.values())
    if level == FULL:
        return [Cell(place, one) for there in by_what.values() for place in there for one in FAULTS]
    taken = {(cell.place.what, cell.fault) for cell in once}
    return once + [
        _in_turn(there, fault, turns)
        for what, there in by_what.items()
        for fault in FAULTS
        if (what, fault) not in taken
    ]


def _in_turn(there: list[Place], fault: str, turns: Counter[tuple[str, str]]) -> Cell:
    """A fault at a place, in the environment that had it less often."""
    place = min(there, key=lambda one: turns[fault, one.environment])
    turns[fault, place.environment] += 1
    return Cell(place, fault)


def places(scenario: Scenario, kinds: Mapping[str, Kind] = KINDS) -> list[Place]:
    """Where a fault can be injected into a run of a scenario: by itself, and when it is resumed."""
    kind, found = kinds[scenario.kind], []
    for environment in scenario.environments:
        steps = steps_of(scenario, environment, kind)
        found += [Place(scenario, environment, DO, name) for name in steps]
        accepts = _accepting(kind, steps)
        before = steps[: accepts + 1]
        ways: dict[tuple[str, str], str] = {}
        for trip in before:  # the latest that leads there is kept
            for way, name in ways_back(scenario, environment, kind, trip, interrupted=False):
                key = (way, "" if way == HALT else name)
                ways[key] = trip
        for (way, name), trip in ways.items():
            found.append(Place(scenario, environment, way, name or trip, trip))
        for way, name in ways_back(scenario, environment, kind, before[-1], interrupted=True):
            trip = before[-1] if way == UNDO else steps[steps.index(name)]
            found.append(Place(scenario, environment, way, name, trip, resumed=True))
        if not kind.forward:
            for name in steps[accepts + 1 :]:
                found.append(Place(scenario, environment, DO, name, name, resumed=True))
    return found


def steps_of(scenario: Scenario, environment: str, kind: Kind) -> list[str]:
    """The steps that such a run does."""
    run, _ = played(scenario.request, scenario.facts, environment, kind)
    return [step.name for step in kind.steps if step.when(run)]


def ways_back(
    scenario: Scenario, environment: str, kind: Kind, trip: str, interrupted: bool
) -> list[tuple[str, str]]:
    """What the product does after a step failed, or was interrupted: (way, step).

    For a kind that goes forward after an interruption: the steps from there on.
    """
    steps = steps_of(scenario, environment, kind)
    fails = "" if interrupted else trip
    run, shown = played(scenario.request, scenario.facts, environment, kind, fails)
    altering = [step.name for step in kind.steps if step.alters and step.name in steps]
    if altering and steps.index(trip) > steps.index(altering[0]):
        run.note(*scenario.altered)
    if interrupted:
        for name in steps[: steps.index(trip)]:
            run.journal.write(journal.STEP_BEGAN, step=name)
            run.journal.write(journal.STEP_DONE, step=name, seconds=0.0)
        run.journal.write(journal.STEP_BEGAN, step=trip)
    told = run.journal.written
    begun = len(told)
    try:
        (runner.resume if interrupted else runner.perform)(run, shown)
    except PipelineError:
        pass
    found = [
        (UNDO, event["step"]) for event in told[begun:] if event["event"] == journal.UNDO_BEGAN
    ]
    if any(event.get("outcome") == runner.STOPPED for event in told):
        found.append((HALT, trip))
    if interrupted and kind.forward:
        found += [(DO, name) for name in steps]
    return found


def _accepting(kind: Kind, steps: list[str]) -> int:
    """Index of the step with which the new state is accepted; the last one where none is."""
    accepts = {step.name for step in kind.steps if step.accepts}
    return next((number for number, name in enumerate(steps) if name in accepts), len(steps) - 1)
