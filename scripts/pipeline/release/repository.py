"""Where a release is created: the URL of an API, and a repository. Checked before any use."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from pipeline.core.errors import InputError

API = "https://api.github.com"
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!\.+$)[A-Za-z0-9._-]{1,100}")
#: A remote on GitHub, over HTTPS or SSH.
_REMOTE = re.compile(
    r"(?:https://(?:[^/@]+@)?github\.com/|(?:ssh://)?git@github\.com[:/])"
    r"(?P<repository>[^/]+/[^/]+?)(?:\.git)?/?"
)


def check_repository(repository: str) -> str:
    """Owner and name. Raises InputError when they are invalid."""
    if not _REPOSITORY.fullmatch(repository):
        raise InputError(
            f"{repository!r} is not a repository on GitHub", "use owner/name (--repository)"
        )
    return repository


def of_remote(url: str) -> str | None:
    """Owner and name in a remote's URL; None when it is not on GitHub."""
    found = _REMOTE.fullmatch(url.strip())
    return found["repository"] if found else None


def check_api(api: str) -> str:
    """The URL without a trailing slash.

    Raises:
        InputError: not a URL, or one where a token could be intercepted.
    """
    try:
        parts = urlsplit(api)
        host, user = parts.hostname or "", parts.username
        _ = parts.port
    except ValueError:
        host, user, parts = "", None, urlsplit("")
    plain_is_fine = parts.scheme == "http" and _is_private(host)
    if not host or user is not None or not (parts.scheme == "https" or plain_is_fine):
        raise InputError(
            f"{api!r} is not an address that a token can be sent to",
            f"give {API}, or https://<server>/api/v3; plain http only for an address of this "
            "machine or its network",
        )
    return api.rstrip("/")


def _is_private(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
