"""UAT gets PROD's database, anonymized and verified."""

import json

import dagger
from dagger import function, object_type

from ..arguments import BaseUrl, Confirm, ReportKey, TestersPassword, Wait
from ..engine.commands import uncached
from ..reach.prod_copy import DATABASE, OUT, Images, Treatment, prod_copy
from ..reach.registry import Registry
from ..reach.vm import Vm, with_settings
from ..steps.graph import Graph

_SUMMARY, _PLAN = "summary.txt", "/opt/plan.json"


@object_type
class Refresh:
    """The refresh of UAT from PROD."""

    pipeline: dagger.Directory
    source: dagger.Directory
    uat: Vm
    prod: Vm
    registry: Registry
    anonymize: bool
    filestore: bool

    @function(cache="never")
    async def plan(self) -> str:
        """Print what `run` would do, and change nothing."""
        tools, command = self._command(self._tools(), "refresh-plan")
        return await uncached(tools, [*command, "--dry-run"])

    @function(cache="never")
    async def run(
        self,
        confirm: Confirm = "",
        base_url: BaseUrl = "http://localhost:8069",
        testers_password: TestersPassword = None,
        report_key: ReportKey = None,
        wait: Wait = 0,
    ) -> dagger.Directory:
        """Give UAT the database of PROD, anonymized and verified; PROD is only read.

        UAT keeps running on its own data until the new data is loaded next to it. After a failure
        it is as before, and nothing of PROD is left anywhere. Returns `summary.txt` and the
        anonymization's report.
        """
        tools, command = self._command(self._tools(), "refresh-plan")
        command.append(f"--confirm={confirm}")
        text = await uncached(tools, [*command, "--format=json"])
        plan = json.loads(text)
        images = Images(plan["prod_image"], plan["uat_image"], self.registry)
        treatment = Treatment(
            base_url, testers_password, report_key, self.anonymize, self.uat.run_url
        )
        graph = Graph(self.pipeline, self.source)
        async with prod_copy(graph, self.prod, images, treatment, confirm) as made:
            planned = made.with_new_file(_PLAN, text)
            loading, command = self._reach(planned, "refresh-load")
            loading, alerts = self.uat.alerts(loading)
            command += [f"--plan={_PLAN}", *alerts]
            command += [f"--database={DATABASE}", f"--wait={wait}", f"--link={self.uat.run_url}"]
            loaded = await uncached(loading, command)
            return await made.directory(OUT).with_new_file(_SUMMARY, loaded).sync()

    def _tools(self) -> dagger.Container:
        return with_settings(self.pipeline, self.source)

    def _command(
        self, container: dagger.Container, name: str
    ) -> tuple[dagger.Container, list[str]]:
        """As `_reach`, with the options for what to copy."""
        container, command = self._reach(container, name)
        command += [] if self.anonymize else ["--no-anonymize"]
        return container, command + (["--filestore"] if self.filestore else [])

    def _reach(self, container: dagger.Container, name: str) -> tuple[dagger.Container, list[str]]:
        """The container with the secrets of both VMs, and a command that reaches them."""
        container, uat = self.uat.reach(container)
        container, prod = self.prod.reach(container, "prod-")
        return container, ["remote", name, *uat, *prod]
