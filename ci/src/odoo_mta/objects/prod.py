"""PROD: deployments of images that UAT ran, and its anonymized database as a file."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import dagger
from dagger import Doc, function, object_type

from ..arguments import (
    BaseUrl,
    Confirm,
    CopiesKey,
    CopiesKnownHosts,
    CopiesPlace,
    DryRun,
    ExpiresDays,
    ReportKey,
    Slice,
    TestersPassword,
    Wait,
)
from ..engine import containers
from ..engine.commands import CommandFailed, uncached
from ..reach.copies import Copies
from ..reach.prod_copy import OUT, Images, Treatment, prod_copy
from ..steps.graph import Graph
from .environment import Environment


@object_type
class Prod(Environment):
    """PROD: deploy, follow, roll back, back up."""

    @function(cache="never")
    async def deploy(
        self,
        version: Annotated[str, Doc("Version that UAT ran, such as 1.2.3.")] = "",
        confirm: Annotated[str, Doc("The phrase: I understand this deploys to PRODUCTION")] = "",
        digest: Annotated[str, Doc("Digest that the version must have; empty: any.")] = "",
        allow_untested: Annotated[
            bool, Doc("Also deploy what UAT never ran; this is recorded.")
        ] = False,
        dry_run: DryRun = False,
        auto_rollback: Annotated[
            bool, Doc("After a failure, roll back automatically instead of waiting for a decision.")
        ] = False,
        wait: Wait = 0,
    ) -> str:
        """Deploy to PROD the same image that UAT ran, and tag it prod-v<version>. Nothing is
        contacted unless the phrase is correct. On failure, PROD stops safely, and the error
        contains the
        command that rolls it back.
        """
        options = [f"--version={version}", f"--confirm={confirm}", f"--digest={digest}"]
        options.append(f"--backup-path={self.vm.backup_path}")
        options += ["--dry-run"] if dry_run else []
        options += ["--allow-untested"] if allow_untested else []
        options += ["--auto-rollback"] if auto_rollback else []
        return await self._deploy("deploy-prod", wait, options)

    @function(cache="never")
    async def anonymized_dump(
        self,
        prod_image: Annotated[
            str, Doc("Image that PROD runs, by digest or tag: its code neutralizes the database.")
        ],
        uat_image: Annotated[
            str, Doc("Image that UAT runs, by digest or tag: its code updates the database.")
        ],
        confirm: Confirm = "",
        base_url: BaseUrl = "http://localhost:8069",
        testers_password: TestersPassword = None,
        report_key: ReportKey = None,
        expires_days: ExpiresDays = 30,
        slice: Slice = "",
        since: Annotated[
            str, Doc("Only what was created from this day on, such as 2026-01-31, and the same.")
        ] = "",
        level: Annotated[
            str, Doc("tests, demo or public; default: what anonymization.toml declares.")
        ] = "",
    ) -> dagger.Directory:
        """Fetch PROD's database and return it anonymized and verified: `uat.dump` and the report.

        PROD is only read, and UAT is not touched: the same data that `uat refresh` loads, as a
        file. It is a copy for laptops as well: signed with the report key, and with an expiry
        (`privacy pull`).
        """
        graph = Graph(self.pipeline, self.source)
        images = Images(prod_image, uat_image, self.registry)
        part = [f"--slice={slice}"] if slice else []
        part += [f"--since={since}"] if since else []
        treatment = Treatment(
            base_url, testers_password, report_key, True, self.vm.run_url, level, part
        )
        await treatment.check(graph)
        async with self._copy(graph, images, treatment, confirm, expires_days) as packed:
            return await packed.directory(OUT).sync()

    @function(cache="never")
    async def publish_copy(
        self,
        place: CopiesPlace = "",
        place_key: CopiesKey = None,
        place_known_hosts: CopiesKnownHosts = None,
        image: Annotated[str, Doc("Image that PROD runs; empty: PROD is asked.")] = "",
        confirm: Confirm = "",
        testers_password: TestersPassword = None,
        report_key: ReportKey = None,
        expires_days: ExpiresDays = 30,
        slice: Slice = "",
        keep: Annotated[int, Doc("How many copies stay there; older ones are removed.")] = 3,
    ) -> str:
        """Make a copy for laptops as `anonymized-dump` does, with the code that PROD runs, and put
        it to where `privacy pull` finds it. For a timer: it needs no image, and asks nothing.
        """
        graph = Graph(self.pipeline, self.source)
        part = [f"--slice={slice}"] if slice else []
        treatment = Treatment(
            "http://localhost:8069", testers_password, report_key, True, self.vm.run_url, part=part
        )
        await treatment.check(graph)
        copies = Copies(place, place_key, place_known_hosts)
        push = ["privacy", "push", f"--from={OUT}", f"--keep={keep}", *treatment.signing]
        tools = treatment.signed(graph.tools(graph.files.filter(include=["**/*.toml"])))
        reaching, options = copies.reach(tools, "--to")
        await uncached(reaching, [*push, *options, "--check-options"])
        image = image or json.loads(await self._run("status", "--format=json"))["image"]
        if not image:
            raise CommandFailed(
                "\nerror: PROD runs nothing that was deployed\n  what to do: deploy to PROD "
                "first, or give --image"
            )
        images = Images(image, image, self.registry)
        async with self._copy(graph, images, treatment, confirm, expires_days) as packed:
            reaching, options = copies.reach(packed, "--to")
            return await uncached(reaching, [*push, *options])

    @asynccontextmanager
    async def _copy(
        self, graph: Graph, images: Images, treatment: Treatment, confirm: str, expires_days: int
    ) -> AsyncIterator[dagger.Container]:
        """The tools with a copy in OUT, while the throwaway server is up."""
        async with prod_copy(graph, self.vm, images, treatment, confirm) as made:
            pack = [f"--output={OUT}", f"--expires-days={expires_days}", *treatment.signing]
            if treatment.part:
                made = made.with_exec(["python", containers.PACKAGE, *treatment.cutting])
            yield made.with_exec(["python", containers.PACKAGE, "privacy", "pack", *pack])
