"""Start a run, or end an interrupted one: journal, lock and alerts around the steps."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline import __version__
from pipeline.core.errors import NeedsResume, PipelineError, ToolError
from pipeline.environment.host.host import Host
from pipeline.environment.host.image_store import RegistryLogin
from pipeline.environment.operations.backup import BACKUP_RUN
from pipeline.environment.operations.deploy import DEPLOY
from pipeline.environment.operations.drill import DRILL
from pipeline.environment.operations.outbox import OUTBOX
from pipeline.environment.operations.refresh import REFRESH, RefreshRequest
from pipeline.environment.operations.rollback import ROLLBACK
from pipeline.environment.operations.steps import refresh_dump, reopen
from pipeline.environment.runs import alerts, journal, lock, noted, run_history
from pipeline.environment.runs.abandoned import advice
from pipeline.environment.runs.context import RunContext, as_pipeline_error, open_journal
from pipeline.environment.runs.journal import Event
from pipeline.environment.runs.noted import Request
from pipeline.environment.runs.run_history import Past
from pipeline.environment.runs.runner import DONE, FAILED, Kind, perform, resume, signals, stop_once

KINDS = {kind.name: kind for kind in (DEPLOY, BACKUP_RUN, DRILL, ROLLBACK, REFRESH, OUTBOX)}

Listen = Callable[[Event], None]


@dataclass(frozen=True)
class Caller:
    """Who starts a run, and with which secrets.

    Attributes:
        identity: id for the run; empty: a random one.
        wait: seconds to wait for the lock.
        link: address of the CI run, for alerts.
        registry: the registry login.
        webhook_file: file with the URL of the team's channel.
        listen: called with each event.
    """

    identity: str = ""
    wait: float = 0.0
    link: str = ""
    registry: RegistryLogin = RegistryLogin()
    webhook_file: Path | None = None
    listen: Listen = lambda event: None


def start(host: Host, kind: Kind, request: Request, caller: Caller) -> RunContext:
    """Do a run from beginning to end. Interrupted runs are ended first.

    Raises:
        Locked: another run has the environment; nothing was changed.
        PipelineError: the run did not succeed, or its journal could not be written.
    """
    try:
        return _start(host, kind, request, caller)
    except OSError as error:  # of the journal or the lock; an error in a step is handled there
        raise as_pipeline_error(error) from error


def _start(host: Host, kind: Kind, request: Request, caller: Caller) -> RunContext:
    folder = run_history.create(host.runs, kind.name, caller.identity)
    run = context_of(host, folder, kind, request, caller)
    me = lock.owner(f"{kind.name} {request.version}".strip())
    run.journal.write(
        journal.BEGAN,
        kind=kind.name,
        environment=host.environment.name,
        request=asdict(request),
        owner=asdict(me),
        link=caller.link,
        pipeline=__version__,
    )
    try:
        with signals(stop_once), lock.held(host.runs, me, caller.wait) as dead:
            if dead is not None:
                run.say(
                    f"the lock of a dead process was taken over: `{dead.what}` of "
                    f"{dead.user}, process {dead.pid}, since {dead.since}"
                )
            for past in unfinished(host, but=folder):
                run.say(f"first, the interrupted run {past.name} is ended")
                _end_quietly(host, past, caller)
            if any(step.touches for step in kind.steps):
                reopen.leftovers(host, run.say)
            perform(run, kind)
    except (PipelineError, KeyboardInterrupt) as raised:
        told = run.story()
        if told.outcome == DONE:
            return run  # a signal when everything was done
        if told.begun or told.ended:
            raise
        error = as_pipeline_error(raised)
        kind.after(run)
        run.journal.write(
            journal.ENDED,
            outcome=FAILED,
            exit=error.exit_code,
            message=error.message,
            fix=error.fix,
        )
        raise error from raised
    return run


def resume_all(host: Host, caller: Caller) -> list[Past]:
    """End every interrupted run; returns them.

    Raises:
        Locked: another run has the environment.
        NeedsResume: one could neither continue nor be undone.
        ToolError: its journal, or the lock, cannot be written.
    """
    try:
        return _resume_all(host, caller)
    except OSError as error:
        raise as_pipeline_error(error) from error


def _resume_all(host: Host, caller: Caller) -> list[Past]:
    with lock.held(host.runs, lock.owner("resume"), caller.wait):
        found = unfinished(host)
        for past in found:
            _end_quietly(host, past, caller)
        reopen.leftovers(host, lambda text: None)
        refresh_dump.forget_orphans(host, [past.story for past in run_history.history(host.runs)])
    return [again for past in found if (again := run_history.find(host.runs, past.name))]


def unfinished(host: Host, but: Path | None = None) -> list[Past]:
    """Interrupted runs, oldest first."""
    return [
        past for past in run_history.history(host.runs) if past.unfinished and past.folder != but
    ]


def _end_quietly(host: Host, past: Past, caller: Caller) -> None:
    """End an interrupted run. Its failure is no news; only being unable to end it is an error."""
    kind = KINDS.get(past.kind)
    unknown = [step for step in past.story.begun if step not in _names(kind)]
    if unknown:
        what = f"its step {unknown[-1]}" if kind else f"its kind `{past.kind}`"
        raise _of_another_version(host, past, f"does not know {what}")
    if kind is None or not past.story.begun:  # killed before its first step
        with suppress(NeedsResume):  # the next run does this, too
            if kind is not None:
                asked = request_of(host, past, kind)
                kind.after(context_of(host, past.folder, kind, asked, caller))
        open_journal(host.runs, past.folder, caller.listen).write(
            journal.ENDED,
            outcome=FAILED,
            exit=1,
            message="it was interrupted before its first step",
            fix="start it again",
        )
        return
    asked = request_of(host, past, kind)
    run = context_of(host, past.folder, kind, asked, caller)
    run.noted.update(past.story.facts)
    reopen.wait(host)
    reopen.database(host, run.say)
    try:
        resume(run, kind)
    except NeedsResume:
        raise
    except PipelineError:
        pass


def request_of(host: Host, past: Past, kind: Kind) -> Request:
    """The request of an interrupted run; its facts are checked, too, before anything is done.

    Raises:
        NeedsResume: this version cannot read it.
    """
    try:
        for step in kind.steps:
            for fact in (*step.notes, *step.may_note):
                needed = fact in step.notes and step.name in past.story.done
                (noted.read if needed else noted.find)(fact, past.story.facts)
        return noted.read(kind.request, past.story.began.request)
    except ToolError as error:
        raise _of_another_version(host, past, f"cannot end it: {error.message}") from error


def _of_another_version(host: Host, past: Past, problem: str) -> NeedsResume:
    return NeedsResume(
        f"{past.name} was interrupted, and version {__version__} of the pipeline {problem}",
        "nothing was changed. End it with the version that began it, "
        f"{past.story.began.pipeline}: `pipeline environment resume`"
        f"{advice(host.environment.name, past.name)}",
    )


def _names(kind: Kind | None) -> set[str]:
    return {step.name for step in kind.steps} if kind else set()


def context_of(
    host: Host, folder: Path, kind: Kind, request: Request, caller: Caller
) -> RunContext:
    """What the steps of a run work with, whoever does them."""
    run = RunContext(
        host=host,
        folder=folder,
        journal=open_journal(host.runs, folder, caller.listen),
        request=request,
        registry=caller.registry,
    )

    def ended(outcome: str, message: str, fix: str) -> None:
        try:
            _alert(run, kind, caller, outcome, message, fix)
        except Exception as raised:  # an alert never changes the outcome
            caller.listen(
                {"event": journal.SAID, "at": 0.0, "text": as_pipeline_error(raised).message}
            )

    run.ended = ended
    return run


def _alert(
    run: RunContext, kind: Kind, caller: Caller, outcome: str, message: str, fix: str
) -> None:
    told = run.story()
    environment = run.host.environment
    touched = any(step.touches and step.name in told.begun for step in kind.steps)
    anonymized = not isinstance(run.request, RefreshRequest) or run.request.anonymized
    if not alerts.wanted(kind.name, environment.production, outcome, touched, anonymized):
        return
    address = alerts.webhook(caller.webhook_file, run.host.dotenv)
    if not address:
        return
    link = caller.link or told.began.link
    lines = environment.log_in_alerts
    said = alerts.text(environment.name, kind.name, told, outcome, message, fix, link, lines)
    if problem := alerts.send(address, said):
        run.say(f"warning: the team was not notified: {problem}")
