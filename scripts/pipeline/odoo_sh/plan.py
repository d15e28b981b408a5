"""The plan of a deployment to Odoo.sh."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.addons.commits import AddOnChange, Commit
from pipeline.odoo_sh.submodules import Submodule


@dataclass(frozen=True)
class PushPlan:
    """The effects of a deployment.

    Attributes:
        commit: full id of the commit to push.
        previous: the head of Odoo.sh's branch; None when it has no such branch.
        known: whether the source has that commit.
        commits: the new commits, newest first.
        overwritten: commits that Odoo.sh has and would lose, if known here.
        add_ons: add-ons that differ; unknown when the previous commit is.
        submodules: the submodules of the commit.
    """

    commit: str
    previous: str | None
    known: bool
    commits: tuple[Commit, ...]
    overwritten: tuple[Commit, ...]
    add_ons: tuple[AddOnChange, ...]
    submodules: tuple[Submodule, ...]

    @property
    def fast_forward(self) -> bool:
        """Whether nothing on Odoo.sh is lost."""
        return self.known and not self.overwritten

    @property
    def updates(self) -> tuple[AddOnChange, ...]:
        """The add-ons whose version rises: Odoo.sh updates them."""
        return tuple(change for change in self.add_ons if change.updates)
