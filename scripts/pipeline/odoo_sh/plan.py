"""What a deployment to Odoo.sh would do."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.addons.commits import AddOnChange, Commit
from pipeline.odoo_sh.submodules import Submodule


@dataclass(frozen=True)
class PushPlan:
    """What a deployment would do.

    Attributes:
        commit: full id of what is pushed.
        previous: what Odoo.sh's branch is at; None when it has no such branch.
        known: whether the source knows that commit.
        commits: what comes with it, newest first.
        overwritten: commits that Odoo.sh has and would lose, as far as they are known here.
        add_ons: add-ons that differ; against an unknown commit, nothing can be said.
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
