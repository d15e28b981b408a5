"""What `dagger call` offers: the functions on a source, and an object for each noun.

The logic is in scripts/pipeline; this module prepares containers and decides the order of steps.
"""

from typing import Annotated

import dagger
from dagger import DefaultPath, Doc, Ignore, function, object_type

from .arguments import (
    Authorities,
    BackupPath,
    GitHost,
    GitHubApi,
    GitHubRepository,
    GitHubToken,
    GitKey,
    GitKnownHosts,
    Host,
    Insecure,
    KnownHosts,
    LocalPassword,
    LocalServer,
    Netrc,
    OdooShHost,
    OdooShKey,
    OdooShKnownHosts,
    OdooShRepo,
    Port,
    RegistryHost,
    ReportKey,
    RepositoryName,
    RunUrl,
    Source,
    SshKey,
    Token,
    User,
    Username,
    Webhook,
)
from .objects.image import Image
from .objects.odoo_sh import OdooSh
from .objects.privacy import Privacy
from .objects.prod import Prod
from .objects.release import Release
from .objects.uat import Uat
from .reach.registry import Registry
from .reach.vm import Vm
from .source_functions import SourceFunctions


@object_type
class OdooMta(SourceFunctions):
    """The pipeline of an Odoo add-ons repository."""

    pipeline: Annotated[
        dagger.Directory,
        DefaultPath("/scripts"),
        Ignore(["*", "!pipeline", "!requirements", "**/__pycache__"]),
        Doc("The pipeline's own package; there is no need to change this."),
    ]
    netrc: Netrc = None
    git_key: GitKey = None
    git_known_hosts: GitKnownHosts = None

    @function(cache="never")
    def uat(
        self,
        source: Source,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        port: Port = 22,
        backup_path: BackupPath = "",
        slack_webhook: Webhook = None,
        run_url: RunUrl = "",
    ) -> Uat:
        """UAT on its VM: deploy, status, rollback, backup, refresh from PROD, and more."""
        vm = Vm(
            environment="uat",
            host=host,
            user=user,
            ssh_key=ssh_key,
            known_hosts=known_hosts,
            port=port,
            backup_path=backup_path,
            webhook=slack_webhook,
            run_url=run_url,
        )
        return Uat(pipeline=self.pipeline, source=source, vm=vm, registry=Registry())

    @function(cache="never")
    def prod(
        self,
        source: Source,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        port: Port = 22,
        backup_path: BackupPath = "",
        slack_webhook: Webhook = None,
        run_url: RunUrl = "",
    ) -> Prod:
        """PROD on its VM: deploy, status, rollback, backup, an anonymized dump, and more."""
        vm = Vm(
            environment="prod",
            host=host,
            user=user,
            ssh_key=ssh_key,
            known_hosts=known_hosts,
            port=port,
            backup_path=backup_path,
            webhook=slack_webhook,
            run_url=run_url,
        )
        return Prod(pipeline=self.pipeline, source=source, vm=vm, registry=Registry())

    @function(cache="never")
    def image(
        self,
        source: Source,
        username: Username = "",
        token: Token = None,
        registry: RegistryHost = "",
        repository: RepositoryName = "",
        insecure: Insecure = False,
        authorities: Authorities = None,
    ) -> Image:
        """Images in the registry: publish for UAT, promote to PROD, resolve, read documents."""
        place = Registry(
            host=registry,
            repository=repository,
            username=username,
            token=token,
            insecure=insecure,
            authorities=authorities,
        )
        return Image(pipeline=self.pipeline, source=source, registry=place, access=self._access())

    @function(cache="never")
    def odoo_sh(
        self,
        source: Source,
        host: OdooShHost = "",
        repo: OdooShRepo = "",
        ssh_key: OdooShKey = None,
        known_hosts: OdooShKnownHosts = None,
        git_host: GitHost = "git.odoo.sh",
    ) -> OdooSh:
        """Odoo.sh: deploy a commit, and list the deployments."""
        return OdooSh(
            pipeline=self.pipeline,
            source=source,
            host=host,
            repo=repo,
            ssh_key=ssh_key,
            known_hosts=known_hosts,
            git_host=git_host,
        )

    @function(cache="never")
    def privacy(
        self,
        source: Source,
        server: LocalServer = None,
        password: LocalPassword = None,
        report_key: ReportKey = None,
    ) -> Privacy:
        """PROD's anonymized database on a laptop: load a copy into the local stack."""
        return Privacy(
            pipeline=self.pipeline,
            source=source,
            server=server,
            password=password,
            report_key=report_key,
        )

    @function(cache="never")
    def release(
        self,
        source: Source,
        token: GitHubToken = None,
        repository: GitHubRepository = "",
        api: GitHubApi = "https://api.github.com",
    ) -> Release:
        """Releases: notes, the release on GitHub, versions for PROD, where secrets are stored."""
        return Release(
            pipeline=self.pipeline, source=source, token=token, repository=repository, api=api
        )
