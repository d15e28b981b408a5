"""UAT gets an anonymized database of PROD: loaded next to the live one, then put in its place.

UAT keeps working on its own data until the stop. Every failure is undone; the replaced database is
kept, closed, until the next run.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import CheckFailed, InputError
from pipeline.environment.host import proxy
from pipeline.environment.machine import preflight
from pipeline.environment.odoo import rollback_point, web
from pipeline.environment.operations.steps import (
    facts,
    kept_copies,
    maintenance,
    not_anonymized,
    refresh_dump,
)
from pipeline.environment.operations.steps.facts import Checked, Identity, Ran, Started
from pipeline.environment.operations.steps.preparation import BACKUP, PREFLIGHT, PreparedRequest
from pipeline.environment.operations.undo import refresh as undo
from pipeline.environment.runs import kind_names
from pipeline.environment.runs.context import RunContext, Step, drop_ballast
from pipeline.environment.runs.noted import Fact
from pipeline.environment.runs.runner import Kind


@dataclass(frozen=True, kw_only=True)
class RefreshRequest(PreparedRequest):
    """A dump to load.

    Attributes:
        dump: path of the file.
        sha256: of its content.
        expected: the image that UAT must run, whose code updated the database; empty: any.
        anonymized: whether personal data was replaced.
    """

    dump: str
    sha256: str
    expected: str = ""
    anonymized: bool = True


@dataclass(frozen=True)
class WasRaw(Fact):
    """``was_raw``: whether the replaced database has PROD's personal data."""

    was_raw: bool


def request(dump: Path, sha256: str, image: str, what: str, anonymized: bool) -> RefreshRequest:
    """The request, with a description for the history.

    Args:
        dump: the file.
        sha256: of its content.
        image: the image that UAT must run, whose code updated the database; empty: any.
        what: what is in the dump, for the history.
        anonymized: whether personal data was replaced.
    """
    return RefreshRequest(
        dump=str(dump),
        sha256=sha256,
        expected=image,
        version=what if anonymized else f"{what} NOT ANONYMIZED".strip(),
        anonymized=anonymized,
        reason="before a refresh from PROD",
    )


def _image(run: RunContext) -> str:
    return run.found(Checked).before.reference


def _check(run: RunContext) -> None:
    asked = run.asked(RefreshRequest)
    if run.host.environment.production:
        raise InputError("PROD is never refreshed", "give --environment uat")
    if run.found(Checked).fresh:
        raise InputError("UAT has no database yet", "deploy an image to it first")
    preflight.named(run.host, _image(run))
    preflight.prepared(run.host)
    run.note(WasRaw(not_anonymized.is_raw(run.host)))
    if asked.expected and asked.expected != _image(run):
        raise CheckFailed(
            f"UAT runs {_image(run)} now, and the database was made for {asked.expected}",
            "UAT was deployed meanwhile: start the refresh again",
        )
    refresh_dump.check(Path(asked.dump), asked.sha256)


def _load(run: RunContext) -> None:
    asked = run.asked(RefreshRequest)
    refresh_dump.load(run, Path(asked.dump), asked.anonymized)


def _maintenance(run: RunContext) -> None:
    maintenance.close(run, _image(run))


def _stop(run: RunContext) -> None:
    facts.note_what_ran(run)
    web.stop(run.host)


def _replace(run: RunContext) -> None:
    kept_copies.tidy(run)
    rollback_point.go_back(run.host, kept_copies.point(run), kept_copies.aside(run))
    run.note(Identity(rollback_point.identity(run.host)))


def _start(run: RunContext) -> None:
    run.note(Started(web.start(run.host, _image(run))))


def _health(run: RunContext) -> None:
    web.check(run.host, run.found(Started).web)


def _switch(run: RunContext) -> None:
    proxy.open_again(run.host)
    if problem := proxy.answers(run.host):
        raise CheckFailed(f"the refreshed UAT works, but {problem}", "look at the proxy's log")


def _crons(run: RunContext) -> None:
    web.start_crons(run.host, _image(run))


def _tidy(run: RunContext) -> None:
    if run.found(WasRaw).was_raw:
        rollback_point.drop(run.host, kept_copies.aside(run))
        run.say("the replaced database had PROD's personal data, and is not kept")
    else:
        run.say(f"the replaced database is kept as {kept_copies.aside(run)} until the next run")
    not_anonymized.forget_copies(run.host, run.say)
    drop_ballast(run.host.runs)


def _after(run: RunContext) -> None:
    refresh_dump.forget(run, Path(run.asked(RefreshRequest).dump))


REFRESH = Kind(
    name=kind_names.REFRESH,
    request=RefreshRequest,
    steps=(
        PREFLIGHT,
        Step("check", _check, notes=(WasRaw,)),
        BACKUP,
        Step("load", _load, undo.drop_new),
        Step("maintenance", _maintenance, maintenance.open_again, touches=True),
        Step("stop", _stop, undo.start_again, touches=True, notes=(Ran,)),
        Step("replace", _replace, undo.put_back, notes=(Identity,)),
        Step("start", _start, undo.stop, notes=(Started,)),
        Step("health", _health),
        Step("switch", _switch, _maintenance, accepts=True),
        Step("crons", _crons),
        Step("tidy", _tidy),
    ),
    after=_after,
)
