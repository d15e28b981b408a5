"""The databases in which the add-ons are tested, each prepared when the first step needs it."""

import json

import anyio
import dagger

from ..engine import containers
from ..engine.access import Access
from ..engine.by_content import by_content
from ..engine.commands import answer
from ..engine.odoo import Prepared, installed, prepare
from ..engine.plan import Databases, TestPlan
from .runner import folded, shown

_NEEDS = "/opt/needs.json"


class PreparedDatabases:
    """The prepared databases for the add-ons of a plan.

    Attributes:
        odoo: Odoo's container, without any of them.
    """

    def __init__(
        self, package: dagger.Directory, source: dagger.Directory, plan: TestPlan, access: Access
    ) -> None:
        self.odoo = installed(package, source, plan, access)
        self._package = package
        self._plan = plan
        self._planned: Databases | None = None
        self._preparing: dagger.Directory | None = None
        self._made: dict[tuple[int, bool], Prepared] = {}
        self._alone = anyio.Lock()

    async def planned(self) -> Databases:
        """Which there are, as the manifests of the image's Odoo decide.

        Raises:
            QueryError: the image has no Odoo, or the registry does not have it.
        """
        async with self._alone:
            if self._planned is None:
                with shown("which databases to prepare"):
                    needs = json.dumps(self._plan["needs"], sort_keys=True)
                    odoo = containers.with_package(self.odoo, self._package)
                    command = ["test", "databases", "--needs", _NEEDS]
                    self._planned = await answer(odoo.with_new_file(_NEEDS, needs), command)
                    preparing = await containers.preparation(self._package)
                    self._preparing = by_content(preparing)
            return self._planned

    async def of(self, addon: str, demo: bool) -> Prepared:
        """The one that an add-on is tested in, with or without demo data."""
        return await self._prepared((await self.planned())["used"][addon], demo)

    async def whole(self, demo: bool) -> Prepared:
        """One with most of what all add-ons together need."""
        return await self._prepared((await self.planned())["whole"], demo)

    async def _prepared(self, number: int, demo: bool) -> Prepared:
        key = number, demo
        if key not in self._made:
            wanted = (await self.planned())["prepared"][number]
            after = wanted["after"]
            before = None if after is None else await self._prepared(after, demo)
            assert self._preparing is not None
            made = prepare(self.odoo, self._preparing, self._plan["postgres"], wanted, demo, before)
            with folded():
                self._made[key] = await made.by_id()
        return self._made[key]
