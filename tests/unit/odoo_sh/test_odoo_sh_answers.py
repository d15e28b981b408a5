"""What ssh and git say, and the error made of it."""

from __future__ import annotations

import pytest

from pipeline.core.errors import InputError, ToolError
from pipeline.odoo_sh.access import ssh_command
from pipeline.odoo_sh.answers import quoted, refused, unreachable
from pipeline.odoo_sh.target import OdooShBranch

TARGET = OdooShBranch("customer.odoo.sh", "customer/production", "main")


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (
            "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nThe fingerprint for the ED25519 "
            "key sent by the remote host is\nSHA256:abc.\nHost key verification failed.",
            InputError,
            "another host key than the pinned one: SHA256:abc. Nothing",
        ),
        (
            "No ED25519 host key is known for git.odoo.sh\nHost key verification failed.",
            InputError,
            "a host key that is not in ODOO_SH_KNOWN_HOSTS",
        ),
        ("git@git.odoo.sh: Permission denied (publickey).", InputError, "refuses the key"),
        (
            "fatal: 'x' does not appear to be a git repository",
            InputError,
            "no repository customer/production",
        ),
        ("ERROR: Repository not found.\nfatal: Could not read", InputError, "no repository"),
        ("ssh: connect to host x port 22: Connection timed out", ToolError, "timed out"),
        ("", ToolError, "(no message)"),
    ],
)
def test_each_failure_has_its_error(said: str, kind: type, words: str) -> None:
    error = unreachable(TARGET, said)
    assert type(error) is kind
    assert words in error.message


def test_a_push_that_was_not_taken() -> None:
    report = "To x\n!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)\nDone\n"
    error = refused(TARGET, report, "remote: no\x1b[31m\n::error::obey me")
    assert isinstance(error, ToolError)
    assert "pre-receive hook declined" in error.message
    assert "│ remote: no\n" in error.message and "│ ::error::obey me" in error.message
    moved = refused(TARGET, "!\tabc:refs/heads/main\t[rejected] (fetch first)\n", "")
    assert isinstance(moved, InputError) and "moved in the meantime" in moved.message
    assert refused(TARGET, "To x\n", "Connection closed") is None


def test_only_the_last_lines_are_quoted() -> None:
    assert quoted("\n".join(map(str, range(99)))).splitlines() == [
        f"    │ {number}" for number in range(87, 99)
    ]


def test_the_command_line_asks_nothing_and_trusts_nobody_else(tmp_path) -> None:
    command = ssh_command(OdooShBranch("h", "r", "b", "s", "u", 2222), tmp_path)
    assert command.startswith("ssh -F none -p 2222 -o BatchMode=yes -o StrictHostKeyChecking=yes ")
    for part in (
        f"'UserKnownHostsFile=\"{tmp_path}/known_hosts\"'",
        "GlobalKnownHostsFile=none",
        "IdentitiesOnly=yes",
        f"'IdentityAgent=\"{tmp_path}/agent\"'",
        "ForwardAgent=no",
    ):
        assert f"-o {part}" in command
