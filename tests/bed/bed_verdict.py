"""How a cell of the matrix ends: the command that an error names is typed, and nothing is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from bed_chain import Chain
from bed_starts import Start
from bed_whole import problems
from pipeline.environment.runs import journal
from pipeline.environment.runs.story import Story

#: A command that an error names, as somebody would copy it.
NAMED = re.compile(
    r"pipeline environment (?:resume|rollback) --environment \w+(?: --manifest [^\s`,;]*[^\s`,;.])?"
)


def events(chain: Chain) -> list[dict[str, Any]]:
    """The journal of the newest run."""
    script = f"cat $(ls -d {chain.home}/.deployments/runs/* | tail -1)/journal.jsonl"
    said = chain.machine.root(script, ok=False).out
    return list(journal.decode(said.encode()))


def bring_to_end(chain: Chain, start: Start, answer: dict[str, Any], said: str, what: str) -> None:
    """Do what the error says, as typed by a person, until the environment is whole."""
    told = events(chain)
    transcript = [said]

    def status() -> str:
        return chain.pipeline("status")

    try:
        for _ in range(4):
            line = way_on(said, answer["code"], status)
            if not line:
                break
            code, said = chain.type(line)
            transcript.append(f"$ {line}\n{said}")
            answer = {**answer, "code": code}
        assert not way_on(said, answer["code"], status), "the commands that it names do not help"
        _whole(chain, start, told)
    except AssertionError as error:
        raise AssertionError(_report(chain, what, error, transcript)) from error


def way_on(said: str, code: int, status: Callable[[], str]) -> str:
    """The command that the error names, or else `status`; empty: it has ended."""
    if named := NAMED.findall(said):
        assert code, f"it names a command, and ended as if all were well:\n{said}"
        return str(named[-1])
    if code == 0:
        return ""
    named = NAMED.findall(status())
    return str(named[-1]) if named else ""


def _whole(chain: Chain, start: Start, told: list[dict[str, Any]]) -> None:
    """Nothing is lost: it is as it was before the run, or as after it, in every part."""
    found = chain.look()
    story = Story.of(events(chain))
    matching = [state for state in (start.after, start.before) if not problems(chain, state, found)]
    if not matching:
        wrong = {
            name: problems(chain, state, found)
            for name, state in (("before", start.before), ("after", start.after))
        }
        raise AssertionError(f"it is neither as before nor as after: {json.dumps(wrong, indent=1)}")
    state = matching[0]
    chain.version = state.version
    same = start.before == start.after
    assert story.ended is not None or not story.began.kind, "the last run has no end"
    first = Story.of(told)
    if first.outcome == "stopped":
        touched = _changed(first.begun)
        assert touched, f"it stopped though no database was touched: {first.begun}"
        led = state == (start.named or start.before)
        assert led, f"the command that it names leads elsewhere: {state}"
    elif not same and first.ended is not None:
        done = first.outcome == "done"
        assert done is (state == start.after), f"it says {first.outcome}, and is not"
    start.check(state)


def _report(chain: Chain, what: str, error: AssertionError, transcript: list[str]) -> str:
    lines = [f"{what}: {error}", "-- output"]
    lines += [text[-6000:] for text in transcript]
    lines.append("-- journal")
    lines += [short(event) for event in events(chain)]
    lines.append("-- state")
    try:
        lines.append(json.dumps(chain.look(0), indent=1)[:8000])
    except Exception as failed:  # the report must come, whatever else is broken
        lines.append(f"it cannot be looked at: {failed!r}"[:2000])
    return "\n".join(lines)


def _changed(begun: tuple[str, ...]) -> bool:
    return "migrate" in begun or "stop" in begun and "put-aside" in begun


def short(event: dict[str, Any]) -> str:
    rest = {key: value for key, value in event.items() if key not in ("event", "at", "time")}
    return f"{event.get('time', '')[11:23]} {event['event']} {json.dumps(rest)[:500]}"
