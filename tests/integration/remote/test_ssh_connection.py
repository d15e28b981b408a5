"""Connections: pinned keys, one clear error each, and nothing sent to a stranger."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace

import pytest

from bed import make_key
from pipeline.core import limits
from pipeline.core.errors import ConnectionLost, SshError
from pipeline.remote import ssh
from pipeline.remote.target import SshTarget


@pytest.fixture
def aim(machine) -> SshTarget:
    return SshTarget(
        "uat", "127.0.0.1", "ubuntu", machine.key_file, machine.known_hosts, machine.port
    )


def refused(target: SshTarget) -> SshError:
    with pytest.raises(SshError) as raised, ssh.connect_ssh(target):
        pass
    return raised.value


def test_arguments_arrive_as_they_are(machine, aim) -> None:
    nasty = ["'; touch x; '", "$(touch x)", "a\nb", '"', "ü", ""]
    with ssh.connect_ssh(aim) as connection:
        answer = connection.run(["printf", "%s|", *nasty])
    assert answer.out.decode() == "|".join(nasty) + "|"
    assert not (machine.home / "x").exists()


def test_output_errors_input_and_exit_code(machine, aim) -> None:
    heard: list[bytes] = []
    with ssh.connect_ssh(aim) as connection:
        answer = connection.run(["sh", "-c", "cat; echo bad >&2; exit 3"], b"in" * 100_000)
        listened = connection.run(["echo", "there"], listen=heard.append)
    assert (answer.code, answer.out, answer.err) == (3, b"in" * 100_000, "bad\n")
    assert (b"".join(heard), listened.out) == (b"there\n", b"")


def test_an_unpinned_key_is_shown_and_nothing_is_sent(machine, aim) -> None:
    error = refused(replace(aim, known_hosts=""))
    assert "not pinned" in error.message
    assert ssh.fingerprint(machine.key) in error.message
    assert f"[127.0.0.1]:{machine.port} {machine.host_key}" in error.fix
    assert "UAT_VM_KNOWN_HOSTS" in error.fix
    assert machine.logins == []


def test_the_line_that_is_shown_is_the_one_that_pins(machine, aim, tmp_path) -> None:
    line = refused(replace(aim, known_hosts="# nothing\n\n")).fix.splitlines()[-1]
    with ssh.connect_ssh(replace(aim, known_hosts=line)) as connection:
        assert connection.run(["true"]).code == 0


def test_a_changed_key_stops_before_the_login(machine, aim, tmp_path) -> None:
    other = make_key(tmp_path / "other")
    for known in (
        f"[127.0.0.1]:{machine.port} {other}",
        f"[127.0.0.1]:{machine.port} ecdsa-sha2-nistp256 {ECDSA}",
    ):
        error = refused(replace(aim, known_hosts=known))
        assert "another host key than the pinned one" in error.message
        assert ssh.fingerprint(machine.key) in error.message
    assert machine.logins == []


def test_pins_as_people_have_them(machine, aim, tmp_path) -> None:
    """Other types and older keys next to it, patterns, no port: the key that is shown counts."""
    key, other = machine.host_key, make_key(tmp_path / "other")
    ecdsa = f"[127.0.0.1]:{machine.port} ecdsa-sha2-nistp256 {ECDSA}\n"
    for known in (
        f"{ecdsa}[127.0.0.1]:{machine.port}  {key} made in May\r\n",
        f"[127.0.0.1]:{machine.port} {other}\n[127.0.0.1]:{machine.port} {key}\n",
        f"[127.0.0.*]:{machine.port},!other {key}\n",
        f"127.0.0.1 {key}\n",
        f"@revoked * {other}\n@cert-authority * {other}\n[127.0.0.1]:* {key}\n",
    ):
        with ssh.connect_ssh(replace(aim, known_hosts=known)) as connection:
            assert connection.run(["true"]).code == 0


def test_a_revoked_key_is_refused_wherever_else_it_stands(machine, aim) -> None:
    pinned = aim.known_hosts
    for line in (f"@revoked * {machine.host_key}", f"@revoked 127.0.0.1 {machine.host_key}"):
        logins = len(machine.logins)
        error = refused(replace(aim, known_hosts=f"{pinned}{line}\n"))
        assert "another host key than the pinned one" in error.message
        assert len(machine.logins) == logins


def test_invalid_known_hosts(machine, aim) -> None:
    for text in ("nonsense", "host ssh-ed25519 !!!", "@cert-authority * ssh-ed25519 AAAA"):
        assert "line 1 is not a valid host key" in refused(replace(aim, known_hosts=text)).message
    assert machine.connections == 0


def test_a_refused_key(machine, aim, tmp_path) -> None:
    make_key(tmp_path / "stranger")
    assert "refuses ubuntu's key" in refused(replace(aim, key=tmp_path / "stranger")).message


def test_invalid_keys(machine, aim, tmp_path) -> None:
    file = tmp_path / "key"
    file.write_text("ssh-ed25519 AAAA the public part\n")
    error = refused(replace(aim, key=file))
    assert "is a public key" in error.message
    assert "AAAA" not in str(error)
    assert machine.connections == 0


def test_a_pasted_key_may_lack_its_last_line_end(machine, aim, tmp_path) -> None:
    file = tmp_path / "pasted"
    file.write_text("\r\n".join(machine.key_file.read_text().splitlines()))
    with ssh.connect_ssh(replace(aim, key=file)) as connection:
        assert connection.run(["true"]).code == 0


def test_nobody_listens(aim) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        port = taken.getsockname()[1]
        known = aim.known_hosts.replace(str(aim.port), str(port))
        error = refused(replace(aim, port=port, known_hosts=known))
    assert "cannot be reached" in error.message
    assert "UAT_VM_HOST" in error.fix


def test_a_server_that_says_nothing(aim, monkeypatch) -> None:
    monkeypatch.setattr(limits, "CONNECT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        known = aim.known_hosts.replace(str(aim.port), str(port))
        assert "cannot be reached" in refused(replace(aim, port=port, known_hosts=known)).message


def test_a_connection_that_breaks(machine, aim) -> None:
    with ssh.connect_ssh(aim) as connection:
        threading.Timer(0.5, machine.cut).start()
        with pytest.raises(ConnectionLost, match="was lost"):
            connection.run(["sleep", "30"])
        with pytest.raises(ConnectionLost, match="was lost"):
            connection.run(["true"])


#: A public key of no use.
ECDSA = (
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5"
    "N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg="
)
