"""UAT gets PROD's database, anonymized and verified; or anyone gets it as a file."""

import json
from typing import Annotated

import dagger
from dagger import Doc, dag, function

from .copying import DATABASE, OUT, Odoo, Target, prepared
from .graph import Graph
from .inputs import Source
from .publishing import Token, Username
from .verdict import said
from .vm import WEBHOOK, Host, KnownHosts, Port, RunUrl, SshKey, User, Vm, Wait, Webhook

_SUMMARY = "summary.txt"

Confirm = Annotated[str, Doc("The phrase: Refresh UAT database from PROD")]
BaseUrl = Annotated[str, Doc("Address of UAT's web site.")]
TestersPassword = Annotated[
    dagger.Secret | None, Doc("Password of the testers (TESTERS_PASSWORD).")
]
ReportKey = Annotated[
    dagger.Secret | None,
    Doc("Key that signs the report (ANONYMIZATION_REPORT_KEY); without it, a hash."),
]
RegistryHost = Annotated[str, Doc("Host of the registry of both images.")]


class Refreshing:
    """The refresh of UAT from PROD."""

    pipeline: dagger.Directory

    @function(cache="never")
    async def refresh_uat(
        self,
        source: Source,
        confirm: Confirm = "",
        anonymize: Annotated[
            bool, Doc("Replace people's data; without it that is recorded, and the team is told.")
        ] = True,
        filestore: Annotated[
            bool, Doc("Files come along: those that modules brought; not anonymized, all of them.")
        ] = False,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        prod_host: Annotated[str, Doc("Name or address of PROD's VM (PROD_VM_HOST).")] = "",
        prod_user: Annotated[str, Doc("Who logs in there (PROD_VM_USER).")] = "",
        prod_ssh_key: Annotated[
            dagger.Secret | None, Doc("Private SSH key for PROD's VM (PROD_VM_SSH_KEY).")
        ] = None,
        prod_known_hosts: Annotated[
            dagger.Secret | None, Doc("Line that pins PROD's host key (PROD_VM_KNOWN_HOSTS).")
        ] = None,
        base_url: BaseUrl = "http://localhost:8069",
        testers_password: TestersPassword = None,
        report_key: ReportKey = None,
        registry: RegistryHost = "docker.io",
        username: Username = "",
        token: Token = None,
        dry_run: Annotated[bool, Doc("Write the plan to summary.txt, and change nothing.")] = False,
        wait: Wait = 0,
        slack_webhook: Webhook = None,
        run_url: RunUrl = "",
        port: Port = 22,
        prod_port: Annotated[int, Doc("Port of the SSH server of PROD's VM.")] = 22,
    ) -> dagger.Directory:
        """Give UAT the database of PROD, anonymized and verified; PROD is only read.

        UAT runs on its own data until the new ones are beside it. Whatever fails, it is as it was,
        and nothing of PROD is left anywhere. Returns `summary.txt` and the anonymization's report.
        """
        graph = Graph(self.pipeline, source)
        uat = Vm("uat", host, user, ssh_key, known_hosts, port, slack_webhook)
        prod = Vm("prod", prod_host, prod_user, prod_ssh_key, prod_known_hosts, prod_port)
        tools, reach = uat.given(graph.tools(graph.source.filter(include=["pipeline.toml"])))
        tools, more = prod.given(tools, "prod-")
        content = [] if anonymize else ["--no-anonymize"]
        content += ["--filestore"] if filestore else []
        asked = ["refresh-plan", *reach, *more, *content, f"--confirm={confirm}"]
        asked += ["--dry-run"] if dry_run else []
        planned = json.loads(await said(tools, [*asked, "--format=json"]))
        table = await said(tools, asked)
        if dry_run:
            return dag.directory().with_new_file(_SUMMARY, table)
        odoo = Odoo(planned["prod_image"], planned["uat_image"], registry, username, token)
        target = Target(base_url, testers_password, report_key, anonymize)
        async with prepared(graph, prod, odoo, target, confirm) as made:
            loading, reach = uat.given(made)
            loading, more = prod.given(loading, "prod-")
            what = f"--what=PROD {planned['prod_version']}"
            given = [f"--image={planned['uat_image']}", what, f"--database={DATABASE}"]
            given += [f"--wait={wait}", f"--link={run_url}"]
            given += [f"--webhook-file={WEBHOOK}"] if slack_webhook is not None else []
            loaded = await said(loading, ["refresh-load", *reach, *more, *content, *given])
            return await made.directory(OUT).with_new_file(_SUMMARY, table + loaded).sync()

    @function(cache="never")
    async def anonymized_dump(
        self,
        source: Source,
        prod_image: Annotated[
            str, Doc("Image that PROD runs, by digest or tag: its code neutralizes the database.")
        ],
        uat_image: Annotated[
            str, Doc("Image that UAT runs, by digest or tag: its code updates the database.")
        ],
        confirm: Confirm = "",
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        base_url: BaseUrl = "http://localhost:8069",
        testers_password: TestersPassword = None,
        report_key: ReportKey = None,
        registry: RegistryHost = "docker.io",
        username: Username = "",
        token: Token = None,
        port: Port = 22,
    ) -> dagger.Directory:
        """Fetch PROD's database and return it anonymized and verified: `uat.dump` and the report.

        PROD is only read, and UAT is not touched: what `refresh-uat` loads, as a file.
        """
        graph = Graph(self.pipeline, source)
        vm = Vm("prod", host, user, ssh_key, known_hosts, port)
        odoo = Odoo(prod_image, uat_image, registry, username, token)
        target = Target(base_url, testers_password, report_key, True)
        async with prepared(graph, vm, odoo, target, confirm) as made:
            dump = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges"]
            dumped = made.with_exec([*dump, f"--file={OUT}/uat.dump", DATABASE])
            return await dumped.directory(OUT).sync()
