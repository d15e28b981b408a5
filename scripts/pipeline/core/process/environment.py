"""The environment of every program that is run: chosen here, never simply the caller's.

Variables that a user, a shell or a CI runner exports have no effect: only listed variables reach a
program. Programs print English, in UTF-8, whatever the caller's locale.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType

#: Where programs and the user's own files are: enough for most programs.
_COMMON = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR")
_LANGUAGE = MappingProxyType({"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"})
#: In place of a missing PATH, as after `env -i`.
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Surroundings:
    """Which variables of the caller a program gets.

    Attributes:
        names: patterns of their names.
        without: patterns of names that are excluded nonetheless.
        fixed: variables with a fixed value.
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
            added: variables of this one call, which override everything.
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

#: Docker and Compose. Compose prefers exported variables to `.env`, so no variable that `.env` may
#: set is exported: none of Compose's own, and not USER, LANG or TZ either. The daemon is that of
#: the user's current context (`docker context use rootless`), in a shell as in CI.
DOCKER = Surroundings(("PATH", "HOME", "XDG_RUNTIME_DIR"), fixed={})

#: Programs that download: proxies, and which certificates to trust.
INTERNET = Surroundings(
    (
        *_COMMON,
        *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "SSH_AUTH_SOCK"),
    )
)

#: pip: also which package index to use, and how; not what would install elsewhere.
PACKAGES = Surroundings(
    (
        *INTERNET.names,
        *("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"),
        *("PIP_FIND_LINKS", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_TRUSTED_HOST", "PIP_PROXY"),
        *("PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "PIP_CACHE_DIR"),
    )
)

#: PostgreSQL's programs against a server that the caller chooses, such as the throwaway one of a
#: refresh. Elsewhere PG* variables have no effect.
DATABASE = Surroundings((*_COMMON, "PG*"))

#: The project's code and its tests: the image and CI may set any variable, except those that change
#: how Python, pytest, coverage, git or libpq work.
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
