"""Check the logins for private repositories before git and pip are given them."""

from __future__ import annotations

import netrc
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.remote import keys, known_hosts

_FORM = "write `machine github.com login x-access-token password <token>`, a line for each host"
NETRC, KEY, KNOWN_HOSTS = "--netrc", "--git-key", "--git-known-hosts"


def check_logins(login: Path | None, key: Path | None, hosts: Path | None) -> tuple[str, ...]:
    """The hosts that logins are for, sorted.

    An empty file counts as absent, because that is how an unset secret of Actions arrives.

    Args:
        login: text of a .netrc file.
        key: private SSH key for git.
        hosts: known_hosts lines of its servers.

    Raises:
        InputError: git or pip would ignore one of them, or misread it. No value is shown.
        SshError: no private key that can be used.
    """
    if text := _read(key, KEY):
        keys.read(text, KEY)
        if not text.endswith("\n") or "\r" in text:
            raise InputError(
                f"{KEY} does not end in a newline, or has Windows line ends: ssh cannot read it",
                "store the file as `ssh-keygen` wrote it, with the newline after its last line",
            )
        if not _read(hosts, KNOWN_HOSTS):
            raise InputError(
                f"{KEY} is given, and {KNOWN_HOSTS} is not: no server would be trusted",
                "give the host keys of the git servers: `ssh-keyscan github.com`, compared with "
                "what the host publishes",
            )
    names = {name for entry in _known(hosts) for name in entry.names}
    return tuple(sorted({*_machines(login), *names}))


def _machines(path: Path | None) -> tuple[str, ...]:
    if path is None or not _read(path, NETRC):
        return ()
    try:
        found = netrc.netrc(str(path)).hosts
    except netrc.NetrcParseError as error:
        # The parser's own message may have a token in it.
        raise InputError(
            f"{NETRC} is not as .netrc files are, in line {error.lineno} or before it",
            _FORM,
        ) from None
    lacking = [host for host, (_, _, password) in found.items() if not password]
    if lacking or not found:
        raise InputError(
            f"{NETRC} has no password for {lacking[0]}" if lacking else f"{NETRC} names no host",
            _FORM,
        )
    return tuple(found)


def _known(path: Path | None) -> tuple[known_hosts.HostKey, ...]:
    try:
        return known_hosts.parse(_read(path, KNOWN_HOSTS)).entries
    except ValueError as error:
        raise InputError(
            f"{KNOWN_HOSTS} line {error} is no host key",
            "use the lines that `ssh-keyscan <host>` prints",
        ) from error


def _read(path: Path | None, option: str) -> str:
    """The file's text; empty: there is none, or nothing but spaces."""
    if path is None:
        return ""
    try:
        text = path.read_bytes().decode()  # line ends as they are
    except (OSError, ValueError) as error:
        raise InputError(f"{option} is not a readable text file", "give the file's text") from error
    return text if text.strip() else ""
