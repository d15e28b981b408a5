"""The plan of a refresh, from the status of both VMs. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dacite

from pipeline.core import versions
from pipeline.core.errors import CheckFailed, InputError
from pipeline.core.settings.environments import PROD, UAT

_MARGIN = 1 << 30


@dataclass(frozen=True)
class RefreshSide:
    """What a VM's `status --format json` says, as far as a refresh needs it.

    Attributes:
        image: what runs there, by digest; empty: nothing was deployed.
        version: its version.
        database_size: in bytes; 0: the database is down.
        disk_free: in bytes.
    """

    image: str
    version: str
    database_size: int
    disk_free: int


@dataclass(frozen=True)
class RefreshPlan:
    """A refresh.

    Attributes:
        prod_image: PROD's image, by digest: its code neutralizes the database.
        prod_version: its version.
        uat_image: UAT's image: its code updates the database.
        uat_version: its version.
        size: size of PROD's database in bytes.
        free: bytes free on UAT.
        anonymize: whether personal data is replaced.
        filestore: whether files are copied.
    """

    prod_image: str
    prod_version: str
    uat_image: str
    uat_version: str
    size: int
    free: int
    anonymize: bool
    filestore: bool

    @property
    def needed(self) -> int:
        """Bytes that UAT needs: the dump, and a second database next to its own."""
        return 2 * self.size + _MARGIN

    def rows(self) -> Iterator[tuple[str, str]]:
        """The rows of the plan that people see: label and value."""
        yield "from", f"PROD {self.prod_version}, {self.prod_image}"
        yield "updated for", f"UAT {self.uat_version}, {self.uat_image}"
        yield "database", f"{self.size / 1e6:.0f} MB; UAT has {self.free / 1e9:.1f} GB free"
        yield "personal data", "replaced and verified" if self.anonymize else "NOT REPLACED"
        yield "files", _FILES[self.filestore, self.anonymize]


def read_side(status: bytes) -> RefreshSide:
    """What `status --format json` printed on a VM."""
    return dacite.from_dict(RefreshSide, json.loads(status))


def read_plan(path: Path) -> RefreshPlan:
    """The plan that `refresh-plan --format json` printed. Raises InputError: it is not a plan."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return dacite.from_dict(RefreshPlan, data, dacite.Config(strict=True))
    except (OSError, ValueError, TypeError, AttributeError, dacite.DaciteError) as error:
        raise InputError(
            f"the plan of the refresh cannot be read: {error}",
            "give --plan, what `refresh-plan --format json` printed",
        ) from error


_FILES = {
    (False, True): "none; attachments are placeholders, except those of modules, which UAT has",
    (False, False): "none; attachments whose file UAT lacks are empty",
    (True, True): "those of modules; other attachments are placeholders",
    (True, False): "all of PROD's",
}


def plan_refresh(
    prod: RefreshSide, uat: RefreshSide, *, anonymize: bool, filestore: bool
) -> RefreshPlan:
    """Decide whether UAT can be refreshed.

    Args:
        prod: the status of PROD's VM.
        uat: the status of UAT's VM.
        anonymize: whether personal data is replaced.
        filestore: whether files are copied.

    Raises:
        CheckFailed: one of them runs no version, UAT's code is older, or UAT lacks disk space.
    """
    for name, side in ((PROD, prod), (UAT, uat)):
        if not side.image:
            raise CheckFailed(
                f"{name.upper()} runs nothing that was deployed",
                f"deploy to {name.upper()} first",
            )
    made = RefreshPlan(
        prod_image=prod.image,
        prod_version=prod.version,
        uat_image=uat.image,
        uat_version=uat.version,
        size=prod.database_size,
        free=uat.disk_free,
        anonymize=anonymize,
        filestore=filestore,
    )
    if not made.size:
        raise CheckFailed("PROD's database is down or not there", "see `status` of prod")
    if _older(made.uat_version, made.prod_version):
        raise CheckFailed(
            f"UAT runs {made.uat_version}, which is older than PROD's {made.prod_version}: its "
            "code cannot work on PROD's database",
            "deploy to UAT what PROD runs, or something newer, then refresh",
        )
    if made.free < made.needed:
        raise CheckFailed(
            f"UAT has {made.free / 1e9:.1f} GB free, and the refresh needs "
            f"{made.needed / 1e9:.1f} GB",
            "free some there: `dagger call uat … backup prune`",
        )
    return made


def _older(one: str, other: str) -> bool:
    # A build's name cannot be compared; the update will show whether it fits.
    return all(map(versions.is_version, (one, other))) and versions.older(one, other)
