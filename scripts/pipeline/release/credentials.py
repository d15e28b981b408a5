"""Where a repository's secrets are on GitHub, and who could read them.

A secret of the repository, or of the organization, can be read by anybody who may push a branch,
because they control the workflow on it. A secret of an environment cannot, if the environment
allows only the default branch.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from pipeline.core.results import Check
from pipeline.release.github import Answer, GitHub

_DOCKER_HUB = ("DOCKER_HUB_USERNAME", "DOCKER_HUB_TOKEN")
_VM = ("VM_HOST", "VM_USER", "VM_SSH_KEY", "VM_KNOWN_HOSTS")
_UAT = tuple(f"UAT_{name}" for name in _VM)
_PROD = tuple(f"PROD_{name}" for name in _VM)
#: The permissions that the token needs.
RIGHTS = "use a token that may read Actions, Environments and Secrets of the repository"
_DOCS = "docs/github.md has the commands"


@dataclass(frozen=True)
class WantedEnvironment:
    """An environment on GitHub.

    Attributes:
        required: secrets that its jobs need.
        optional: optional secrets.
        approved: whether somebody has to approve its jobs.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...]
    approved: bool


#: The environments, as the workflows use them (a test compares).
ENVIRONMENTS = {
    "uat": WantedEnvironment((*_DOCKER_HUB, *_UAT), ("SLACK_WEBHOOK_URL",), False),
    "production": WantedEnvironment(
        (*_DOCKER_HUB, *_UAT, *_PROD),  # a refresh reaches both machines
        (
            *("ODOO_SH_HOST", "ODOO_SH_REPO", "ODOO_SH_SSH_KEY", "ODOO_SH_KNOWN_HOSTS"),
            *("TESTERS_PASSWORD", "ANONYMIZATION_REPORT_KEY", "SLACK_WEBHOOK_URL"),
        ),
        True,
    ),
}
NAMES = frozenset(
    name for wanted in ENVIRONMENTS.values() for name in (*wanted.required, *wanted.optional)
)


@dataclass(frozen=True)
class FoundEnvironment:
    """An environment's actual settings.

    Attributes:
        secrets: names of its secrets.
        branches: patterns of the branches and tags that it allows; None: all.
        protected: whether it allows every protected branch.
        reviewers: number of people or teams that can approve.
    """

    secrets: frozenset[str] = frozenset()
    branches: tuple[str, ...] | None = None
    protected: bool = False
    reviewers: int = 0


@dataclass(frozen=True)
class FoundRepository:
    """A repository's actual settings.

    Attributes:
        branch: its default branch.
        repository: names of its secrets.
        organization: names of the organization's secrets that it gets.
        environments: its environments, by name.
    """

    branch: str = "main"
    repository: frozenset[str] = frozenset()
    organization: frozenset[str] = frozenset()
    environments: Mapping[str, FoundEnvironment] = field(default_factory=dict)


def gather(github: GitHub) -> FoundRepository:
    """Query GitHub, which returns names only. Raises GitHubError when it does not answer."""
    branch = github.default_branch(RIGHTS)
    there = {  # GitHub does not distinguish `Production` from `production`
        str(one.get("name")).lower(): one for one in _list(github, "/environments", "environments")
    }
    return FoundRepository(
        branch,
        _names(github, "/actions/secrets"),
        _names(github, "/actions/organization-secrets"),
        {name: _environment(github, there[name]) for name in there},
    )


def examine(found: FoundRepository) -> list[Check]:
    """What is right and what is not, with the command for each. Pure function."""
    checks = []
    for name, wanted in ENVIRONMENTS.items():
        checks += _of_environment(name, wanted, found)
    others = found.environments.keys() - ENVIRONMENTS.keys()
    return [
        *checks,
        *(check for name in sorted(others) for check in _foreign(name, found, frozenset())),
        _readable("repository secrets", found.repository, "gh secret delete {name}"),
        _readable(
            "organization secrets",
            found.organization,
            "as an owner of the organization, remove this repository from those that get {name} "
            "(Settings → Secrets and variables → Actions)",
        ),
    ]


def _of_environment(name: str, wanted: WantedEnvironment, found: FoundRepository) -> list[Check]:
    here = found.environments.get(name)
    title = f"environment {name}"
    if here is None:
        return [Check(title, "missing", "there", False, f"create it: {_DOCS}")]
    checks = [_branches(title, here, found.branch)]
    if wanted.approved:
        checks.append(
            Check(
                f"{title}: reviewers",
                str(here.reviewers),
                "1 or more",
                here.reviewers > 0,
                f"set reviewers: {_DOCS}",
            )
        )
    lacking = [one for one in wanted.required if one not in here.secrets]
    checks.append(
        Check(
            f"{title}: secrets",
            f"lacks {', '.join(lacking)}" if lacking else "complete",
            "complete",
            not lacking,
            "; ".join(f"gh secret set {one} --env {name}" for one in lacking),
        )
    )
    return [*checks, *_foreign(name, found, frozenset(_all(wanted)))]


def _foreign(name: str, found: FoundRepository, own: frozenset[str]) -> list[Check]:
    """Secrets that only another environment may have."""
    wrong = sorted(one for one in found.environments[name].secrets - own if _is_production(one))
    if not wrong:
        return []
    fix = "; ".join(f"gh secret delete {one} --env {name}" for one in wrong)
    title = f"environment {name}: secrets of production"
    return [Check(title, ", ".join(wrong), "none", False, fix)]


def _is_production(name: str) -> bool:
    """Whether a secret is for production only."""
    return name.startswith(("PROD_", "ODOO_SH_"))


def _branches(title: str, here: FoundEnvironment, default: str) -> Check:
    if here.protected:
        text, good = "all protected branches", False
    elif here.branches is None:
        text, good = "every branch", False
    else:
        text = ", ".join(here.branches) or "none"
        good = here.branches == (default,)
    return Check(f"{title}: branches", text, default, good, f"allow only {default}: {_DOCS}")


def _readable(title: str, there: Collection[str], fix: str) -> Check:
    """Secrets that a branch with a changed workflow could read."""
    wrong = sorted(name for name in there if name in NAMES or _is_production(name))
    places = {
        name: " and ".join(env for env, wanted in ENVIRONMENTS.items() if name in _all(wanted))
        or "production"
        for name in wrong
    }
    steps = [f"{name} (set it in {places[name]} first): {fix.format(name=name)}" for name in wrong]
    return Check(
        title, ", ".join(wrong) or "none of these", "none of these", not wrong, "; ".join(steps)
    )


def _all(wanted: WantedEnvironment) -> Sequence[str]:
    return (*wanted.required, *wanted.optional)


def _environment(github: GitHub, data: Answer) -> FoundEnvironment:
    path = f"/environments/{quote(str(data['name']), safe='')}"
    policy = data.get("deployment_branch_policy")
    branches: tuple[str, ...] | None = None
    if policy and policy.get("custom_branch_policies"):
        listed = _list(github, f"{path}/deployment-branch-policies", "branch_policies")
        branches = tuple(sorted(_pattern(one) for one in listed))
    reviewers = sum(
        len(rule.get("reviewers") or ())
        for rule in data.get("protection_rules") or ()
        if rule.get("type") == "required_reviewers"
    )
    return FoundEnvironment(
        _names(github, f"{path}/secrets"),
        branches,
        bool(policy and policy.get("protected_branches")),
        reviewers,
    )


def _pattern(policy: Answer) -> str:
    """A branch's pattern; a tag pattern is labelled as such."""
    name = str(policy.get("name"))
    return f"tag {name}" if policy.get("type") == "tag" else name


def _names(github: GitHub, path: str) -> frozenset[str]:
    return frozenset(str(one.get("name")) for one in _list(github, path, "secrets"))


def _list(github: GitHub, path: str, key: str) -> list[Answer]:
    return github.listed(path, key, RIGHTS)
