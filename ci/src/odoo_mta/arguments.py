"""The functions' arguments: those that several functions share, documented once."""

from typing import Annotated

import dagger
from dagger import DefaultPath, Doc, Ignore

Source = Annotated[
    dagger.Directory,
    DefaultPath("/"),
    # Leftovers of tools, and dependencies installed next to the code. A literal list: the SDK of
    # Dagger 0.21.0 reads nothing else.
    Ignore(
        [
            "**/__pycache__",
            "**/node_modules",
            "**/.venv",
            "**/venv",
            "**/*.egg-info",
            "**/.mypy_cache",
            "**/.pytest_cache",
            "**/.hypothesis",
            "**/.coverage",
            "htmlcov",
            "report",
            "ci/sdk",
        ]
    ),
    Doc("Root of the add-ons repository; default: the repository of this module."),
]

Templates = Annotated[
    dagger.Directory,
    DefaultPath("/"),
    # The files of this project that `pipeline init-project` reads.
    Ignore(
        [
            "*",
            "!Dockerfile",
            "!.dockerignore",
            "!.env.example",
            "!.gitignore",
            "!docker-compose*.yml",
            "!config",
            "!proxy",
            "!.github/workflows",
        ]
    ),
    Doc("The files to start from; there is no need to change this."),
]

ChangedSince = Annotated[
    str,
    Doc(
        "Test only the add-ons that changed since this git reference, and those that depend on "
        "them; such as origin/main. Empty: all."
    ),
]
Baseline = Annotated[
    dagger.File | None,
    Doc("Coverage baseline to compare with; default: the committed one at the merge base."),
]
Shard = Annotated[
    str,
    Doc(
        "Run only one part of the tests, such as 2/4; the first also runs everything other than "
        "tests of add-ons. `merge-reports` merges the reports of all parts. Empty: everything."
    ),
]
Times = Annotated[
    dagger.File | None,
    Doc(
        "test-times.json of an earlier report, to split by; default: the one in the source, "
        "otherwise the number of tests."
    ),
]
Format = Annotated[str, Doc("`table` or `json`.")]

# Private repositories and package indexes.
Netrc = Annotated[
    dagger.Secret | None,
    Doc(
        "Logins of private git repositories and package indexes, as the text of a .netrc file: "
        "`machine github.com login x-access-token password <token>`."
    ),
]
GitKey = Annotated[dagger.Secret | None, Doc("Private SSH key for git, without a passphrase.")]
GitKnownHosts = Annotated[
    dagger.Secret | None, Doc("Host keys of the git servers (`ssh-keyscan`); others are refused.")
]
Version = Annotated[
    str,
    Doc("Version; empty: that of the commit's tag v<version>, otherwise that of pipeline.toml."),
]

# A registry.
Username = Annotated[str, Doc("User of the registry.")]
Token = Annotated[dagger.Secret | None, Doc("Access token of that user, such as env:TOKEN.")]
RegistryHost = Annotated[str, Doc("Host of the registry; empty: that of pipeline.toml.")]
RepositoryName = Annotated[
    str, Doc("Repository in it, such as resultrum/odoo-mta; empty: that of pipeline.toml.")
]
Insecure = Annotated[bool, Doc("Use plain HTTP for the registry. Credentials are never sent then.")]
Authorities = Annotated[
    dagger.File | None, Doc("Certificate authorities to trust for the registry.")
]
ImageName = Annotated[str, Doc("Tag, digest, or registry/repository:tag.")]

# A VM.
Host = Annotated[str, Doc("Host name or address of the VM (UAT_VM_HOST, PROD_VM_HOST).")]
User = Annotated[str, Doc("User to log in as (UAT_VM_USER, PROD_VM_USER).")]
SshKey = Annotated[
    dagger.Secret | None,
    Doc("Private SSH key, without a passphrase (UAT_VM_SSH_KEY, PROD_VM_SSH_KEY)."),
]
KnownHosts = Annotated[
    dagger.Secret | None,
    Doc(
        "known_hosts line that pins the VM's host key (UAT_VM_KNOWN_HOSTS, PROD_VM_KNOWN_HOSTS). "
        "Without it the call stops and shows the host's fingerprint and how to pin it."
    ),
]
Port = Annotated[int, Doc("Port of the VM's SSH server.")]
BackupPath = Annotated[str, Doc("A different backup folder on the VM.")]
Webhook = Annotated[
    dagger.Secret | None, Doc("Webhook URL of the team's Slack channel (SLACK_WEBHOOK_URL).")
]
RunUrl = Annotated[str, Doc("Address of the CI run, for alerts.")]
DryRun = Annotated[bool, Doc("Print the plan and change nothing.")]
Wait = Annotated[int, Doc("Seconds to wait for another deployment that has the lock.")]
Manifest = Annotated[str, Doc("Manifest of one backup; empty: see the description.")]

# The local stack.
LocalServer = Annotated[
    dagger.Service | None,
    Doc(
        "PostgreSQL of the local stack, as docker-compose.override.yml publishes it: "
        "tcp://127.0.0.1:15432."
    ),
]
LocalPassword = Annotated[
    dagger.Secret | None, Doc("POSTGRES_PASSWORD of its .env; default: the stack's own, `odoo`.")
]

# Copies for laptops.
ExpiresDays = Annotated[
    int, Doc("After how many days `privacy pull` and the local stack refuse it.")
]
Slice = Annotated[
    str,
    Doc(
        "Only a part, with all it refers to: 1% of the documents, or these records: "
        "sale.order:1042,1043,res.partner:7."
    ),
]
CopiesPlace = Annotated[
    str,
    Doc("Where copies are, as sftp://user@host/path; empty: [anonymization] copies."),
]
CopiesKey = Annotated[
    dagger.Secret | None,
    Doc("Private SSH key for that place, without a passphrase (COPIES_SSH_KEY)."),
]
CopiesKnownHosts = Annotated[
    dagger.Secret | None,
    Doc("known_hosts lines that pin the key of its server (COPIES_KNOWN_HOSTS)."),
]

# Odoo.sh.
OdooShHost = Annotated[str, Doc("The instance, such as customer.odoo.sh (ODOO_SH_HOST).")]
OdooShRepo = Annotated[
    str,
    Doc("Path of its repository on the git server, such as customer/production (ODOO_SH_REPO)."),
]
OdooShKey = Annotated[
    dagger.Secret | None,
    Doc("Private SSH key that may push there, without a passphrase (ODOO_SH_SSH_KEY)."),
]
OdooShKnownHosts = Annotated[
    dagger.Secret | None,
    Doc(
        "known_hosts lines that pin the git server's key (ODOO_SH_KNOWN_HOSTS). Without it the "
        "call stops and shows the keys that the server offers."
    ),
]
GitHost = Annotated[str, Doc("The git server, as [user@]host[:port].")]

# GitHub.
GitHubToken = Annotated[
    dagger.Secret | None,
    Doc(
        "GitHub token, such as env:GITHUB_TOKEN. `create` writes the repository's contents with "
        "it; `doctor` reads Actions, Environments and Secrets."
    ),
]
GitHubRepository = Annotated[
    str, Doc("Owner and name on GitHub; empty: those of the remote `origin`.")
]
GitHubApi = Annotated[str, Doc("Address of GitHub's API.")]

# The refresh of UAT.
Confirm = Annotated[str, Doc("The phrase: Refresh UAT database from PROD")]
BaseUrl = Annotated[str, Doc("Address of UAT's web site.")]
TestersPassword = Annotated[
    dagger.Secret | None, Doc("Password of the testers (TESTERS_PASSWORD).")
]
ReportKey = Annotated[
    dagger.Secret | None,
    Doc(
        "Key that signs the report (ANONYMIZATION_REPORT_KEY); without it, the report only gets "
        "a hash."
    ),
]
