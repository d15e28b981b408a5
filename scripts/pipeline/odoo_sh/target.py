"""Where to deploy: untrusted names, checked before anything is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.core.errors import InputError

GIT_HOST = "git.odoo.sh"
DASHBOARD = "https://accounts.odoo.com"

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_SERVER = re.compile(
    r"(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9_.-]*)@)?"
    rf"(?P<host>{_HOST.pattern})(?::(?P<port>[0-9]{{1,5}}))?"
)
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True)
class OdooShBranch:
    """A branch of a repository of Odoo.sh.

    Attributes:
        host: the instance, such as ``customer.odoo.sh``.
        repo: path of the repository on the git server, such as ``customer/production``.
        branch: branch to push to.
        server: the git server.
        user: account there.
        port: its SSH port.
    """

    host: str
    repo: str
    branch: str
    server: str = GIT_HOST
    user: str = "git"
    port: int = 22

    @property
    def url(self) -> str:
        """The URL for git; the port is passed to ssh."""
        return f"{self.user}@{self.server}:{self.repo}"

    @property
    def known_as(self) -> str:
        """The server's name in a known_hosts file."""
        return self.server if self.port == 22 else f"[{self.server}]:{self.port}"

    @property
    def ref(self) -> str:
        """The branch's full name."""
        return f"refs/heads/{self.branch}"


def check_target(
    host: str, repo: str, branch: str, git_host: str, commit: str = ""
) -> OdooShBranch:
    """The target, if no program could mistake a name for anything else.

    Raises:
        InputError: lists all invalid names.
    """
    server = _SERVER.fullmatch(git_host)
    port = int((server and server["port"]) or 22)
    wrong = []
    if not _is_host(host):
        wrong.append(f"host {host!r} is not a host name such as customer.odoo.sh")
    if not _is_path(repo):
        wrong.append(f"repo {repo!r} is not a path such as customer/production")
    if not _is_branch(branch):
        wrong.append(f"branch {branch!r} is not a branch name of letters, digits and . _ / -")
    if server is None or not _is_host(server["host"]) or not 0 < port < 65536:
        wrong.append(f"git host {git_host!r} is not [user@]host[:port], such as {GIT_HOST}")
    if commit and not _COMMIT.fullmatch(commit):
        wrong.append(f"commit {commit!r} is not a commit id of 7 or more hexadecimal digits")
    if wrong or server is None:
        raise InputError("; ".join(wrong), "correct the names; nothing was contacted")
    return OdooShBranch(host, repo, branch, server["host"], server["user"] or "git", port)


def _is_host(name: str) -> bool:
    return len(name) <= 253 and _HOST.fullmatch(name) is not None


def _is_path(path: str) -> bool:
    return _PATH.fullmatch(path) is not None and ".." not in path and len(path) <= 255


def _is_branch(name: str) -> bool:
    parts = name.split("/")
    return (
        _is_path(name)
        and parts[0] != "refs"
        and not any(part.endswith((".", ".lock")) for part in parts)
    )
