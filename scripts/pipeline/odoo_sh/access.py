"""How git reaches Odoo.sh: the system's ssh, a pinned host key, a key that only an agent has.

git opens the connection. The private key goes from memory to the agent's memory; the only file made
of it holds its public half.
"""

from __future__ import annotations

import contextlib
import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import InputError, ToolError
from pipeline.core.process import run, stream
from pipeline.odoo_sh.target import OdooShBranch

KEY_VARIABLE = "ODOO_SH_SSH_KEY"
PIN_VARIABLE = "ODOO_SH_KNOWN_HOSTS"
#: Seconds for the server to answer, and until a silent server is given up.
CONNECT_SECONDS, SILENT_SECONDS = 20, 60
#: Seconds after which the agent forgets the key, whatever happened to this process.
KEY_SECONDS = 3600
_SCAN_SECONDS = 10


@dataclass(frozen=True)
class GitAccess:
    """Access to the git server.

    Attributes:
        target: the server and branch.
        folder: private temporary directory, gone afterwards.
        command: ssh's command line, as GIT_SSH_COMMAND takes it.
    """

    target: OdooShBranch
    folder: Path
    command: str


def ssh_command(target: OdooShBranch, folder: Path) -> str:
    """The command line: ignores the machine's settings, asks nothing, accepts no unknown host."""
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": f'"{folder / "known_hosts"}"',
        "GlobalKnownHostsFile": "none",
        "UpdateHostKeys": "no",
        "IdentitiesOnly": "yes",
        "IdentityFile": f'"{folder / "key.pub"}"',
        "IdentityAgent": f'"{folder / "agent"}"',
        "PreferredAuthentications": "publickey",
        "ForwardAgent": "no",
        "ConnectTimeout": str(CONNECT_SECONDS),
        "ServerAliveInterval": str(SILENT_SECONDS // 4),
        "ServerAliveCountMax": "4",
    }
    given = [part for key, value in options.items() for part in ("-o", f"{key}={value}")]
    return shlex.join(["ssh", "-F", "none", "-p", str(target.port), *given])


@contextlib.contextmanager
def access(target: OdooShBranch, key: str, known_hosts: str) -> Iterator[GitAccess]:
    """Hold the key in an agent for the block.

    Args:
        target: the server and branch.
        key: the private key's text.
        known_hosts: lines of a known_hosts file.

    Raises:
        InputError: the server is not pinned, or the key is not usable.
    """
    with tempfile.TemporaryDirectory(prefix="odoo-sh-") as place:
        folder = Path(place)
        (folder / "known_hosts").write_text(known_hosts.rstrip() + "\n", encoding="utf-8")
        _require_pinned(target, folder / "known_hosts")
        agent = {"SSH_AUTH_SOCK": str(folder / "agent")}
        # The agent lives as long as the program it starts, and `cat` as long as this process.
        with stream(("ssh-agent", "-a", agent["SSH_AUTH_SOCK"], "cat"), cwd=folder) as program:
            assert program.stdin is not None and program.stdout is not None
            program.stdin.write(b"\n")
            program.stdin.flush()
            program.stdout.read(1)  # `cat` runs, so the agent listens
            try:
                (folder / "key.pub").write_text(_load(key, agent), encoding="utf-8")
                yield GitAccess(target, folder, ssh_command(target, folder))
            finally:
                run(("ssh-add", "-q", "-D"), env=agent, ok=(0, 1, 2))


def _load(key: str, agent: dict[str, str]) -> str:
    """Give the key to the agent; returns its public half.

    Secret stores drop the last newline, or convert all to CRLF; ssh accepts neither.
    """
    text = key.replace("\r\n", "\n").strip() + "\n"
    quiet = {**agent, "SSH_ASKPASS_REQUIRE": "never"}
    added = run(("ssh-add", "-q", "-t", str(KEY_SECONDS), "-"), stdin=text, env=quiet, ok=(0, 1, 2))
    if added.code:
        raise InputError(
            f"{KEY_VARIABLE} is not a private key that can be used",
            "use the complete file, from its BEGIN to its END line, of a key without a passphrase "
            "(`ssh-keygen -t ed25519`); not the .pub file",
        )
    return run(("ssh-add", "-L"), env=agent).stdout


def _require_pinned(target: OdooShBranch, known_hosts: Path) -> None:
    asked = run(("ssh-keygen", "-F", target.known_as, "-f", str(known_hosts)), ok=(0, 1, 255))
    if asked.code:
        raise InputError(
            f"{PIN_VARIABLE} pins no key of {target.known_as}",
            f"store a line such as `{target.known_as} ssh-ed25519 AAAA…` in it; if it is empty, "
            "the deployment shows the keys that the server offers",
        )


def unpinned(target: OdooShBranch) -> InputError:
    """The error that lists the server's host keys, and how to pin one.

    Raises:
        ToolError: no SSH server answers there.
    """
    scan = run(
        ("ssh-keyscan", "-T", str(_SCAN_SECONDS), "-p", str(target.port), target.server),
        ok=(0, 1),
        timeout=6 * _SCAN_SECONDS,
    )
    lines = sorted(line for line in scan.stdout.splitlines() if line and not line.startswith("#"))
    if not lines:
        raise ToolError(
            f"no SSH server answers at {target.server} port {target.port}",
            "check --git-host and the network",
        )
    prints = run(("ssh-keygen", "-l", "-f", "-"), stdin="\n".join(lines) + "\n").stdout.splitlines()
    shown = "\n".join(f"    {line}" for line in (*prints, *lines))
    return InputError(
        f"the host key of {target.known_as} is not pinned ({PIN_VARIABLE} is missing). It shows "
        f"these keys; somebody in between could show others:\n{shown}",
        f"compare a fingerprint with one from a source you trust, then store that key's line in "
        f"the secret {PIN_VARIABLE} (--known-hosts)",
    )
