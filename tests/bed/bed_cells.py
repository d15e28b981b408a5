"""One cell of the matrix on a VM: start a run, inject a fault, do what the error says, look."""

from __future__ import annotations

import json
import shlex
import time
from dataclasses import dataclass, field
from typing import Any

from bed_chain import LIMITS, SHORT, Chain
from bed_chain_scripts import TOOLS
from bed_recording import Recording, recording
from bed_starts import STARTS, USUAL, Start, State
from bed_verdict import bring_to_end, events, short
from matrix import DO, Cell, Place, Scenario, places
from pipeline.environment.runs import journal
from pipeline.environment.runs.story import Story

#: Seconds that a run may take, with a fault or without, before it counts as hanging.
SECONDS = 300
#: Seconds after a boot until the run must have come to an end by itself; many on a busy machine.
BOOT_SECONDS = 300
#: How often a cell is tried whose run had less to do than the recorded one: it waited for less.
TRIES = 3
#: A step that takes longer gets its fault in the middle of its time, others between their actions.
_LONG = 0.5
_SIGNALS = ("kill", "term", "disk", "power")


class NotPossible(Exception):
    """This fault cannot happen there."""


@dataclass
class MatrixVm:
    """A chain, and what was learned of its runs.

    Attributes:
        chain: the VM.
        recordings: by scenario, trip, and whether it is resumed.
        quick: record nothing; inject at the first action, and at the first program.
        broken: whether a cell left it in an unknown state.
    """

    chain: Chain
    recordings: dict[tuple[str, str, bool], Recording] = field(default_factory=dict)
    quick: bool = False
    broken: bool = False

    # -- how runs begin --------------------------------------------------------------------------

    def start(self, scenario: Scenario) -> Start:
        """Set up for a scenario, and say how its run is started."""
        chain = self.chain
        if self.broken:
            chain.put_back()
            self.broken = False
        if scenario.name == "first":
            if chain.version is not None:
                chain.empty()
        elif chain.saved is None:
            chain.settle()
        elif chain.version is None:
            chain.put_back()
        if chain.version is not None:
            chain.sql(USUAL)
            chain.prune()
        before = State(chain.version, chain.rows() if chain.version else None)
        return STARTS[scenario.name](chain, before)

    # -- the fault -------------------------------------------------------------------------------

    def phases(self, cell: Cell, start: Start) -> list[dict[str, Any]]:
        """What is run, and which fault when: see inside/bed_strike.py."""
        place = cell.place
        known = self.recorded(place)
        key = (place.event, place.step)
        phases, last = self._before(place, start)
        if cell.fault in _SIGNALS:
            usual = known.seconds.get(key, 0.0)
            hold = cell.fault == "disk" or usual < _LONG
            last["injection"] = {
                "event": place.event,
                "step": place.step,
                "what": cell.fault,
                "hold": hold,
                "pause": usual / 2,
            }
            if hold:
                action = 1 if cell.fault == "disk" else (known.actions[key] + 1) // 2
                stop = {"event": place.event, "step": place.step, "signal": "STOP"}
                last["stops"].append({**stop, "action": max(1, action)})
        else:
            calls = 1 if self.quick else known.calls[key]
            if not calls:
                raise NotPossible(f"{place.way} {place.step} calls no program")
            act = {"fails": "fail", "fails-late": "fail-late", "hangs": "hang"}[cell.fault]
            number = calls if act == "fail-late" else 1
            last["rules"].append(
                {"event": place.event, "step": place.step, "act": act, "number": number}
            )
        return phases

    def _before(self, place: Place, start: Start) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The phases without the fault, and the one in which it comes."""
        first = _phase(start.command)
        if place.resumed:
            stop = {"event": journal.STEP_BEGAN, "step": place.trip, "signal": "KILL", "action": 1}
            first["stops"].append(stop)
            again = _phase(self.chain.words("resume"), resumed=True)
            return [first, again], again
        if place.trip:
            # As a failure of a program would; there is not one in every step.
            stop = {"event": journal.STEP_BEGAN, "step": place.trip, "signal": "TERM", "action": 1}
            first["stops"].append(stop)
        return [first], first

    def recorded(self, place: Place) -> Recording:
        """What happens on the way to a place, and there; recorded once, with a run of its own."""
        # What continues from the first one does all the others.
        if place.resumed and place.way == DO:
            place = next(one for one in places(place.scenario) if one.alike(place))
        key = (place.scenario.name, place.trip, place.resumed)
        if self.quick:
            return Recording()
        if key not in self.recordings:
            start = self.start(place.scenario)
            phases, _ = self._before(place, start)
            answers = self.run(phases)
            self.recordings[key] = recording(answers[-1])
            said = "\n".join(answer["out"] for answer in answers)
            bring_to_end(self.chain, start, answers[-1], said, f"recording of {place}")
            if place.trip:  # the place itself is what this recording is for
                assert (place.event, place.step) in self.recordings[key].actions, said
        return self.recordings[key]

    def run(self, phases: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Run phases on the VM; what became of each."""
        wanted = shlex.quote(json.dumps({"home": self.chain.home, "phases": phases}))
        seconds = len(phases) * SECONDS + 60
        said = self.chain.machine.root(f"python3 {TOOLS}/bed_strike.py {wanted}", timeout=seconds)
        answers: list[dict[str, Any]] = json.loads(said.out.splitlines()[-1])
        return answers

    def cell(self, cell: Cell) -> None:
        """Do a cell. Raises AssertionError when anything is lost; NotPossible."""
        self.recorded(cell.place)
        said = ""
        for _ in range(TRIES):
            start = self.start(cell.place.scenario)
            phases = self.phases(cell, start)
            self.broken = True
            answer = self._injected(cell, phases)
            said = answer["out"]
            assert answer["code"] is not None, f"it did not end within {SECONDS} s\n{said}"
            bring_to_end(self.chain, start, answer, said, str(cell))
            self.broken = False
            if answer["injected"]:
                return
            self._did_less(cell.place, answer)
        raise AssertionError(f"{cell}: the fault was never injected\n{said}")

    def _injected(self, cell: Cell, phases: list[dict[str, Any]]) -> dict[str, Any]:
        if cell.fault == "power":
            return self._cut(phases)
        if cell.fault != "hangs":
            return self.run(phases)[-1]
        self.chain.limit(**SHORT)
        answer = self.run(phases)[-1]
        self.chain.limit(**{key: LIMITS[key] for key in SHORT})
        return answer

    def _did_less(self, place: Place, answer: dict[str, Any]) -> None:
        """Learn from a run that had less to do than the recorded one: a wait that was shorter."""
        known, seen = self.recorded(place), recording(answer)
        key = (place.event, place.step)
        assert key in seen.actions, f"it did not come to {place}\n{answer['out']}"
        known.calls[key], known.actions[key] = seen.calls[key], seen.actions[key]
        known.seconds[key] = seen.seconds.get(key, 0.0)

    def _cut(self, phases: list[dict[str, Any]]) -> dict[str, Any]:
        """Run it until the power is cut; the VM boots, and its unit brings the run to an end."""
        machine, before = self.chain.machine, self._booted()
        wanted = shlex.quote(json.dumps({"home": self.chain.home, "phases": phases}))
        said = ""
        try:
            done = machine.root(
                f"python3 {TOOLS}/bed_strike.py {wanted}",
                ok=False,
                timeout=len(phases) * SECONDS,
            )
            if done.code == 0:  # it was over before
                answers: list[dict[str, Any]] = json.loads(done.out.splitlines()[-1])
                return answers[-1]
            said = done.out
        except (OSError, EOFError):
            pass
        machine.disconnect()
        machine.wait(90)
        assert self._booted() != before, f"no power was cut\n{said}"
        machine.root("rm -rf /run/bed")
        deadline = time.monotonic() + BOOT_SECONDS
        while (told := events(self.chain)) and Story.of(told).ended is None:
            if time.monotonic() > deadline:
                log = machine.root("tail -n 30 /var/log/machine.log").out
                shown = "\n".join(map(short, told))
                raise AssertionError(f"the boot did not bring it to an end\n{log}\n{shown}")
            time.sleep(1)
        log = machine.root("tail -n 30 /var/log/machine.log").out
        return {"code": 137, "out": f"the power was cut\n{log}", "injected": True}

    def _booted(self) -> str:
        """When the VM's init booted it."""
        return self.chain.machine.root("stat --format=%y /run/machine.pid").out


def _phase(command: str, resumed: bool = False) -> dict[str, Any]:
    return {
        "command": command,
        "resumed": resumed,
        "rules": [],
        "stops": [],
        "injection": None,
        "seconds": SECONDS,
    }
