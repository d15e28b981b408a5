"""Abandon a run that no resume can end, so that others can begin again.

Nothing that it did is undone, and its journal stays. What it closed is opened as far as that can be
done. A rollback is possible then: it replaces database, files and image, whatever was left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict

from pipeline.core.errors import InputError, PipelineError, Stopped
from pipeline.core.settings.environments import typed
from pipeline.environment.host.host import Host
from pipeline.environment.odoo import rollback_point
from pipeline.environment.operations import start
from pipeline.environment.operations.start import KINDS, Caller
from pipeline.environment.operations.steps import deployed, reopen
from pipeline.environment.operations.steps.facts import BackedUp
from pipeline.environment.runs import journal, lock, noted, run_history
from pipeline.environment.runs.abandoned import ABANDONED
from pipeline.environment.runs.context import RunContext, as_pipeline_error
from pipeline.environment.runs.noted import Request
from pipeline.environment.runs.run_history import Past
from pipeline.environment.runs.runner import Kind


def find(host: Host, wanted: str) -> Past:
    """The run that is to be abandoned.

    Raises:
        InputError: there is no such run, it has ended, or nobody tried to resume it.
    """
    past = run_history.find(host.runs, wanted) if wanted else None
    if past is None:
        open_ones = ", ".join(one.name for one in start.unfinished(host)) or "none"
        raise InputError(
            f"there is no run {wanted!r}", f"give one that did not end with --run: {open_ones}"
        )
    if not past.unfinished:
        how = "is running" if past.running else f"has ended: {past.story.outcome}"
        raise InputError(f"{past.name} {how}", "only a run that was interrupted can be abandoned")
    if not past.story.stuck and not past.story.resumes and _can_be_resumed(host, past):
        raise InputError(
            f"nobody has tried to bring {past.name} to its end",
            typed(host.environment.name, "resume"),
        )
    return past


def _can_be_resumed(host: Host, past: Past) -> bool:
    """Whether this version recognises all that its journal has."""
    kind = KINDS.get(past.kind)
    if kind is None or {*past.story.begun} - {step.name for step in kind.steps}:
        return not past.story.begun
    try:
        start.request_of(host, past, kind)
    except PipelineError:
        return False
    return True


def stays(host: Host, past: Past) -> list[str]:
    """What is left as it is, in lines. Whatever cannot be looked at is named."""
    story = past.story
    why = story.stuck.message if story.stuck else story.failure or "it was interrupted"
    left = [step for step in story.begun if step not in story.undone]
    lines = [f"{past.name}: {why}", f"not undone: {', '.join(left) or 'nothing'}"]
    for look in (_version, _services, _databases):
        try:
            lines += look(host)
        except PipelineError as error:
            lines.append(f"not known: {error.message}")
    return [*lines, f"afterwards: {way_on(host, past)}"]


def _version(host: Host) -> Iterator[str]:
    image = deployed.read(host).image
    yield f"version in .env: {image.version or 'none'} {image.reference}".rstrip()


def _services(host: Host) -> Iterator[str]:
    place = host.environment
    for service in (place.web_service, place.cron_service):
        yield f"running containers of {service}: {len(host.containers(service))}"


def _databases(host: Host) -> Iterator[str]:
    live = host.environment.database
    there = [live] if host.has_database(live) else []
    yield f"databases: {', '.join([*there, *rollback_point.others(host)]) or 'none'}"


def way_on(host: Host, past: Past) -> str:
    """What can be done once it is abandoned, with the command."""
    kind = KINDS.get(past.kind)
    if kind is not None and not any(step.touches for step in kind.steps):
        return "nothing: it changed nothing that runs; start it again"
    made = noted.elsewhere(BackedUp, past.story.facts)
    chosen = made.backup if made else str(past.story.began.request.get("manifest", ""))
    options = ("--manifest", chosen) if chosen else ()
    return (
        "what runs here is unknown until a deployment or a rollback is done: "
        + host.environment.on_vm("rollback", *options)
    )


def abandon(host: Host, wanted: str, caller: Caller) -> Past:
    """Abandon a run; gives it as it is afterwards.

    Raises:
        InputError: see :func:`find`.
        Locked: somebody works here; nothing was changed.
        ToolError: its journal, or the lock, cannot be written.
    """
    try:
        return _abandon(host, wanted, caller)
    except OSError as error:  # the journal, or the lock
        raise as_pipeline_error(error) from error


def _abandon(host: Host, wanted: str, caller: Caller) -> Past:
    me = lock.owner(f"abandon {wanted}")
    with lock.held(host.runs, me, caller.wait):
        past = find(host, wanted)  # somebody may have brought it to its end meanwhile
        kind, run = _context(host, past, caller)
        why, *rest, _ = stays(host, past)
        message = f"{me.user} abandoned it: {why.partition(': ')[2]}"
        for line in rest:
            run.say(f"left as it is: {line}")
        _try(run, run.sweep)
        kind.after(run)
        if not start.unfinished(host, but=past.folder):
            _try(run, lambda: reopen.leftovers(host, run.say))
        fix = way_on(host, past)
        run.journal.write(
            journal.ENDED,
            outcome=ABANDONED,
            exit=Stopped.exit_code,
            message=message,
            fix=fix,
            owner=asdict(me),
        )
        run.ended(ABANDONED, message, fix)
    return run_history.find(host.runs, past.name) or past


def _context(host: Host, past: Past, caller: Caller) -> tuple[Kind, RunContext]:
    """A run of a kind, or with facts, of another version has nothing that can be done after it."""
    kind, asked = Kind(past.kind or "run", Request, ()), Request()
    known = KINDS.get(past.kind)
    if known is not None:
        with suppress(PipelineError):
            asked, kind = start.request_of(host, past, known), known
    run = start.context_of(host, past.folder, kind, asked, caller)
    run.noted.update(past.story.facts)
    return kind, run


def _try(run: RunContext, action: Callable[[], None]) -> None:
    try:
        action()
    except PipelineError as error:
        run.say(f"warning: {error.message}")
