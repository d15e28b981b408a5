"""A deployment to Odoo.sh: planned from the current state, pushed, verified, recorded."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

from pipeline.core import git
from pipeline.core.addons.commits import add_ons, commits
from pipeline.core.errors import InputError, PipelineError
from pipeline.core.settings import load
from pipeline.core.wording import some_of
from pipeline.odoo_sh import remote as remotes
from pipeline.odoo_sh.plan import PushPlan
from pipeline.odoo_sh.record import Record, tag_name, to_message
from pipeline.odoo_sh.remote import Remote
from pipeline.odoo_sh.submodules import require_fetchable, submodules
from pipeline.odoo_sh.target import OdooShBranch


def wanted(source: Path, target: OdooShBranch, commit: str) -> str:
    """The full id of the commit to deploy, without network access.

    Args:
        source: a clone with its whole history.
        target: names the branch.
        commit: the commit that passed the checks; empty: the head of the branch.

    Raises:
        InputError: not a clone, a shallow clone, no such branch or commit, or a commit that is not
            on the branch.
    """
    git.require_checkout(source, "Odoo.sh deploys commits")
    if git.is_shallow(source):
        raise InputError(
            "the source is a shallow clone: it is unknown what would be overwritten on Odoo.sh",
            "fetch the complete history (`git fetch --unshallow`; in Actions: `fetch-depth: 0`)",
        )
    head = _head(source, target.branch)
    if not commit:
        return head
    found = git.resolve(source, commit)
    if not git.is_ancestor(source, found, head):
        raise InputError(
            f"the commit {found[:9]} is not on the branch {target.branch} (at {head[:9]})",
            "merge it there first, or use the --branch that has it",
        )
    return found


def _head(source: Path, branch: str) -> str:
    for name in (f"refs/heads/{branch}", f"refs/remotes/origin/{branch}"):
        if git.exists(source, name):
            return git.resolve(source, name)
    raise InputError(
        f"the source has no branch {branch}",
        "use another --branch, or fetch it (in Actions: check out with `fetch-depth: 0`)",
    )


def plan_push(source: Path, commit: str, previous: str | None) -> PushPlan:
    """Compare a commit with the one on Odoo.sh.

    Raises:
        InputError: a submodule could not be checked out there.
    """
    modules = submodules(source, commit)
    require_fetchable(modules)
    known = previous is None or git.exists(source, previous)
    base = previous if known else None
    lost = commits(source, commit, previous) if previous and known else ()
    return PushPlan(
        commit,
        previous,
        known,
        commits(source, base, commit) if known else (),
        lost,
        add_ons(source, load(source), base, commit) if known else (),
        modules,
    )


def require_fast_forward(plan: PushPlan, target: OdooShBranch, force: bool) -> None:
    """Raise InputError when commits on Odoo.sh would be lost without that being requested."""
    if plan.fast_forward or force:
        return
    at = f"{target.branch} on Odoo.sh is at {(plan.previous or '')[:9]}"
    if plan.known:
        ids = some_of([commit.id[:9] for commit in plan.overwritten], 5)
        what = f"it has commits that are not in {plan.commit[:9]}: {ids}"
    else:
        what = "a commit that this source does not have: it was pushed from elsewhere"
    raise InputError(
        f"{at}, {what}",
        f"merge Odoo.sh's {target.branch} first; or overwrite it with --force-with-lease",
    )


def deploy(remote: Remote, plan: PushPlan, force: bool) -> Record:
    """Push, check that it arrived, and keep a record in the repository.

    Raises:
        PipelineError: nothing was deployed, or the outcome is unknown; the message says which.
    """
    started, clock = time.time(), time.monotonic()
    notes = []
    if plan.previous != plan.commit:
        arrived = remote.push(plan.commit, (plan.previous or "") if force else None)
        if not arrived and remotes.outcome(remote, plan.commit, plan.previous):
            notes.append("the connection broke during the push, but the commit arrived")
    record = Record.of(remote.target, plan, started, time.monotonic() - clock)
    if plan.previous != plan.commit:
        try:
            name = tag_name(started, plan.commit)
            remote.push_tag(name, plan.commit, to_message(record))
        except PipelineError as error:
            notes.append(f"deployed, but not recorded in the history: {error.message}")
    return dataclasses.replace(record, notes=tuple(notes))
