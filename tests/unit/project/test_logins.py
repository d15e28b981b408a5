"""Logins for private repositories: what git and pip would ignore or misread is one error."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipeline.core.errors import InputError, SshError
from pipeline.project.logins import check_logins

KIND = "ssh-ed25519"
HOSTS = (
    f"git.acme.test {KIND} "
    "AAAAC3NzaC1lZDI1NTE5AAAAIGxqz0rDpiXxMYzyAu1BbzJ0eLmLJQzGbgHi/MSaMJ5P\n"
)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    made = tmp_path / "key"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(made)]
    subprocess.run(command, check=True)
    return made


def written(tmp_path: Path, name: str, text: str) -> Path:
    (tmp_path / name).write_bytes(text.encode())
    return tmp_path / name


def test_hosts_of_all_logins(tmp_path, key) -> None:
    netrc = written(
        tmp_path,
        "netrc",
        "machine github.com login x-access-token password t\n"
        "machine pip.acme.test\n  login me\n  password t\n",
    )
    hosts = written(tmp_path, "hosts", HOSTS)
    assert check_logins(netrc, key, hosts) == ("git.acme.test", "github.com", "pip.acme.test")


def test_an_empty_file_is_none(tmp_path) -> None:
    """As an unset secret of Actions arrives."""
    empty = written(tmp_path, "empty", "\n")
    assert check_logins(empty, empty, empty) == check_logins(None, None, None) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "machine github.com login me password tok en\n",
            "--netrc is not as .netrc files are, in line 2 or",
        ),
        (
            "\nmachine github.com login me password t\nghp_secret\n",
            "--netrc is not as .netrc files are, in line 4 or",
        ),
        ("machine github.com login me\n", "--netrc has no password for github.com"),
        ("# nothing\n", "--netrc names no host"),
    ],
)
def test_a_netrc_that_git_would_misread(tmp_path, text, said) -> None:
    with pytest.raises(InputError) as raised:
        check_logins(written(tmp_path, "netrc", text), None, None)
    assert raised.value.message.startswith(said) and "machine github.com" in raised.value.fix
    assert "secret" not in str(raised.value) and raised.value.__cause__ is None


def test_a_key_that_ssh_cannot_read(tmp_path, key) -> None:
    hosts = written(tmp_path, "hosts", HOSTS)
    text = key.read_text()
    for other in (text.rstrip("\n"), text.replace("\n", "\r\n")):
        with pytest.raises(InputError, match="newline"):
            check_logins(None, written(tmp_path, "other", other), hosts)
    with pytest.raises(SshError, match="--git-key is a public key"):
        check_logins(None, tmp_path / "key.pub", hosts)


def test_a_key_needs_host_keys(tmp_path, key) -> None:
    for hosts in (None, written(tmp_path, "empty", "")):
        with pytest.raises(InputError, match="--git-known-hosts is not: no server would be"):
            check_logins(None, key, hosts)
    wrong = written(tmp_path, "wrong", f"{HOSTS}git.acme.test\n")
    with pytest.raises(InputError, match="--git-known-hosts line 2 is no host key"):
        check_logins(None, key, wrong)


def test_what_is_no_text(tmp_path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "bytes", tmp_path / "absent"):
        with pytest.raises(InputError, match="--netrc is not a readable text file"):
            check_logins(path, None, None)
