"""A deployment to Odoo.sh, formatted for people: before, after, and over time."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.core.addons.commits import AddOnChange, Commit
from pipeline.core.console import one_line
from pipeline.core.wording import counted
from pipeline.odoo_sh.plan import PushPlan
from pipeline.odoo_sh.record import Record
from pipeline.odoo_sh.submodules import Submodule
from pipeline.odoo_sh.target import DASHBOARD, OdooShBranch

_SHOWN = 20  # commits in a table; JSON has all
_NOTHING = "nothing (a new branch)"


def print_plan(plan: PushPlan, target: OdooShBranch, out: Console) -> None:
    """The deployment that is planned or about to start."""
    before = plan.previous[:9] if plan.previous else _NOTHING
    _line(out, f"{target.url} {target.branch}: {before} -> {plan.commit[:9]}", "bold")
    if plan.previous == plan.commit:
        _line(out, "Odoo.sh already has this commit")
        return
    if plan.known:
        _commits(out, plan.commits, "+")
    else:
        _line(out, "Odoo.sh has a commit that is not in this source: differences cannot be shown")
    if plan.overwritten or not plan.known:
        _line(out, "LOST on Odoo.sh with --force-with-lease:", "bold red")
        _commits(out, plan.overwritten, "-")
    if plan.add_ons:
        out.print(_add_ons(plan.add_ons))
    if plan.submodules:
        out.print(_submodules(plan.submodules))
    names = ", ".join(change.name for change in plan.updates) or "none"
    _line(out, f"modules that Odoo.sh will update: {names}")


def print_record(record: Record, out: Console) -> None:
    """How it ended, and where to watch the build on Odoo.sh."""
    for note in record.notes:
        _line(out, f"note: {note}", "yellow")
    if record.status == "unchanged":
        _line(out, f"UNCHANGED: {record.branch} on {record.host} is at {record.commit[:9]}", "bold")
        return
    _line(out, f"PUSHED {record.commit[:9]} to {record.branch} in {record.seconds} s", "bold green")
    _line(out, "Odoo.sh builds and updates on its own now. Watch it:")
    _line(out, f"  {DASHBOARD}  (the branch's Logs tab shows how the deployment went)")
    _line(out, f"  https://{record.host}  (the instance)")


def print_history(records: Sequence[Record], out: Console) -> None:
    """The last deployments, newest first."""
    if not records:
        _line(out, "no deployment has been recorded")
        return
    table = Table(box=box.ROUNDED)
    for title in ("when (UTC)", "branch", "commit", "before", "commits", "updated modules"):
        table.add_column(title, overflow="fold")
    for record in records:
        updated = ", ".join(change.name for change in record.add_ons if change.updates)
        table.add_row(
            Text(one_line(record.started)),
            Text(one_line(record.branch)),
            Text(one_line(record.commit[:9])),
            Text(one_line((record.previous or "-")[:9] + " (lost)" * record.overwrites)),
            Text(str(record.commits)),
            Text(one_line(updated or "-")),
        )
    out.print(table)


def plan_as_json(plan: PushPlan, target: OdooShBranch) -> str:
    """A plan for programs."""
    data = {
        **dataclasses.asdict(plan),
        "environment": "odoo-sh",
        "status": "planned",
        "host": target.host,
        "branch": target.branch,
        "fast_forward": plan.fast_forward,
        "updates": [change.name for change in plan.updates],
    }
    return json.dumps(data, indent=2, sort_keys=True) + "\n"


def _line(out: Console, text: str, style: str = "") -> None:
    out.print(Text(one_line(text) if text.strip() == text else text, style=style), soft_wrap=True)


def _commits(out: Console, listed: Sequence[Commit], sign: str) -> None:
    for commit in listed[:_SHOWN]:
        _line(out, f"{sign} {commit.id[:9]} {commit.date[:10]} {one_line(commit.subject, 90)}")
    if len(listed) > _SHOWN:
        _line(out, f"{sign} and {counted(len(listed) - _SHOWN, 'more commit')}")


def _add_ons(changes: Iterable[AddOnChange]) -> Table:
    table = Table(box=box.ROUNDED)
    for title in ("add-on", "on Odoo.sh", "to come", "files", "what happens"):
        table.add_column(title, overflow="fold")
    for change in changes:
        table.add_row(
            Text(one_line(change.name)),
            Text(one_line("-" if change.before is None else change.before or "?")),
            Text(one_line("-" if change.after is None else change.after or "?")),
            Text(str(change.files)),
            Text(change.effect, style="green" if change.updates else ""),
        )
    return table


def _submodules(modules: Iterable[Submodule]) -> Table:
    table = Table(box=box.ROUNDED)
    for title in ("submodule", "commit", "address", "on a remote branch"):
        table.add_column(title, overflow="fold")
    for module in modules:
        pushed = "yes" if module.pushed else "not checked: not, or only partly, checked out here"
        table.add_row(
            Text(one_line(module.path)),
            Text(module.commit[:9]),
            Text(one_line(module.url)),
            Text(pushed, style="" if module.pushed else "yellow"),
        )
    return table
