"""Which backups can go: the newest of each of the last days, weeks and months stays. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from pipeline.environment.backup.manifest import Manifest


def keep(backups: Sequence[Manifest], daily: int, weekly: int, monthly: int) -> dict[str, str]:
    """The backups to keep, by stamp, each with its reason.

    Only days, weeks and months with a backup count: a VM that was off for a month loses none.

    Args:
        backups: oldest first.
        daily: number of days.
        weekly: number of weeks.
        monthly: number of months.
    """
    kept: dict[str, str] = {}
    if backups:
        kept[backups[-1].stamp] = "newest"
    for count, what, period in (
        (daily, "day", _day),
        (weekly, "week", _week),
        (monthly, "month", _month),
    ):
        seen: set[str] = set()
        for backup in reversed(backups):
            name = period(moment(backup))
            if name in seen:
                continue
            if len(seen) == count:
                break
            seen.add(name)
            kept.setdefault(backup.stamp, f"{what} {name}")
    return kept


def moment(backup: Manifest) -> datetime:
    """The time in a backup's name."""
    return datetime.strptime(backup.stamp[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d")


def _week(at: datetime) -> str:
    return at.strftime("%G-W%V")


def _month(at: datetime) -> str:
    return at.strftime("%Y-%m")
