"""The environment of every program that is run: chosen here, never simply the caller's.

What a person, a shell or a CI runner exports decides nothing: a variable reaches a program only
where it is listed. Programs print English, in UTF-8, whatever the caller's language is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType

#: Programs, and the user's own files: all that any of them needs to know.
_COMMON = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR")
_LANGUAGE = MappingProxyType({"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"})
#: A search path that is not there, as after `env -i`.
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Surroundings:
    """Which variables of the caller a program gets.

    Attributes:
        names: patterns of their names.
        without: patterns of names that it does not get all the same.
        fixed: variables that always have the same value.
    """

    names: tuple[str, ...]
    without: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=lambda: _LANGUAGE)

    def variables(
        self, caller: Mapping[str, str], added: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """The environment of a program.

        Args:
            caller: the caller's environment.
            added: what this one call adds; it wins over everything.
        """
        found = {
            name: value
            for name, value in caller.items()
            if _fits(name, self.names) and not _fits(name, self.without)
        }
        if not os.path.isdir(found.get("TMPDIR", "/")):
            del found["TMPDIR"]
        found.setdefault("PATH", _PATH)
        return {**found, **self.fixed, **(added or {})}


#: Programs that need nothing but files: the default.
LOCAL = Surroundings(_COMMON)

#: Docker and Compose. Compose prefers what is exported to what `.env` says, so nothing that `.env`
#: may say is exported: not a name of Compose's own, and not USER, LANG or TZ either. The daemon is
#: that of the user's current context (`docker context use rootless`), for a person as for CI.
DOCKER = Surroundings(("PATH", "HOME", "XDG_RUNTIME_DIR"), fixed={})

#: Programs that fetch something: network access, and whom to trust there.
INTERNET = Surroundings(
    (
        *_COMMON,
        *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "SSH_AUTH_SOCK"),
    )
)

#: PostgreSQL's programs at the server that the caller names, such as the throwaway one of a
#: refresh. Elsewhere PG* says nothing.
DATABASE = Surroundings((*_COMMON, "PG*"))

#: The code of the project and its tests: its image and its CI may tell it anything, but nothing
#: that changes how Python, pytest, coverage, git or PostgreSQL's library work.
PROJECT = Surroundings(
    ("*",),
    without=(
        *("BASH_ENV", "CDPATH", "GIT_*", "PG*", "LANGUAGE", "LC_*", "TZ"),
        *("COMPOSE_*", "NETRC", "PYTHON[!P]*", "PYTHONP[!A]*", "PYTEST_*", "COVERAGE_*"),
        *("http*_proxy", "all_proxy", "no_proxy", "HTTP*_PROXY", "ALL_PROXY", "NO_PROXY"),
    ),
)


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
