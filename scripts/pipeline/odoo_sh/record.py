"""The record of a deployment: JSON, kept as the message of a tag in Odoo.sh's own repository.

There it is with the code it describes, whoever deployed from wherever, and needs no other server.
Tags are named ``deploy/odoo-sh/<UTC time>-<commit>``; they build nothing.
"""

from __future__ import annotations

import dataclasses
import json
import time
from dataclasses import dataclass
from typing import Any

import dacite

from pipeline.core.addons.commits import AddOnChange
from pipeline.odoo_sh.plan import PushPlan
from pipeline.odoo_sh.remote import Remote
from pipeline.odoo_sh.submodules import Submodule
from pipeline.odoo_sh.target import DASHBOARD, OdooShBranch

TAGS = "refs/tags/deploy/odoo-sh/"
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Record:
    """What was deployed, where and when, and what it replaced.

    Attributes:
        environment: ``odoo-sh``, next to the names of other environments.
        status: ``deployed``, or ``unchanged`` when the commit was already there.
        host: the instance.
        repo: path of the repository.
        branch: the branch.
        commit: full id of the deployed commit.
        previous: the commit before; None when there was no such branch.
        overwrites: whether commits of Odoo.sh were lost.
        commits: number of commits that came with it.
        add_ons: add-ons that differ.
        submodules: submodules of the commit.
        started: UTC time.
        seconds: how long the push took; the build on Odoo.sh comes after.
        watch: URLs of that build and of the instance.
        notes: further remarks.
    """

    environment: str
    status: str
    host: str
    repo: str
    branch: str
    commit: str
    previous: str | None
    overwrites: bool
    commits: int
    add_ons: tuple[AddOnChange, ...]
    submodules: tuple[Submodule, ...]
    started: str
    seconds: float
    watch: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, target: OdooShBranch, plan: PushPlan, started: float, seconds: float) -> Record:
        """The record of a plan that was carried out."""
        return cls(
            environment="odoo-sh",
            status="unchanged" if plan.previous == plan.commit else "deployed",
            host=target.host,
            repo=target.repo,
            branch=target.branch,
            commit=plan.commit,
            previous=plan.previous,
            overwrites=not plan.fast_forward,
            commits=len(plan.commits),
            add_ons=plan.add_ons,
            submodules=plan.submodules,
            started=time.strftime(_TIME, time.gmtime(started)),
            seconds=round(seconds, 2),
            watch=(DASHBOARD, f"https://{target.host}"),
        )

    def to_json(self) -> str:
        """Serialize, with what each add-on's change means."""
        data = dataclasses.asdict(self)
        for row, change in zip(data["add_ons"], self.add_ons, strict=True):
            row["updates"], row["effect"] = change.updates, change.effect
        return json.dumps(data, indent=2, sort_keys=True) + "\n"


def tag_name(started: float, commit: str) -> str:
    """The tag of a deployment: sorting by name sorts by time."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(started))
    return f"{TAGS.removeprefix('refs/tags/')}{stamp}-{commit[:9]}"


def to_message(record: Record) -> str:
    """The tag's message."""
    return json.dumps(dataclasses.asdict(record), sort_keys=True) + "\n"


def from_message(text: str) -> Record | None:
    """The record in a tag's message; None when there is none."""
    try:
        data: Any = json.loads(text)
        return dacite.from_dict(Record, data, dacite.Config(cast=[tuple, float]))
    except (ValueError, TypeError, AttributeError, dacite.DaciteError):
        return None


def history(remote: Remote, last: int) -> tuple[Record, ...]:
    """The last deployments, newest first. Raises PipelineError when they cannot be fetched."""
    names = sorted(remote.refs(f"{TAGS}*"), reverse=True)[:last]
    if not names:
        return ()
    found = (from_message(message) for message in remote.messages(names).values())
    return tuple(record for record in found if record is not None)
