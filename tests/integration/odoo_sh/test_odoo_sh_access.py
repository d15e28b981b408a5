"""Keys and hosts of `pipeline odoo-sh deploy`: who is let in, and whom it trusts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipeline.core.process import run


def test_a_key_that_is_not_let_in(odoo_sh, server) -> None:
    other = server.folder / "other"
    run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)))
    code, said = odoo_sh("deploy", ssh_key=other)
    assert code == 2
    assert "refuses the key of ODOO_SH_SSH_KEY" in said
    assert not server.head()


@pytest.mark.parametrize("spoil", ["no-last-line-break", "windows"])
def test_a_key_as_stores_of_secrets_hand_it_over(odoo_sh, server, tmp_path, spoil) -> None:
    text = (server.folder / "key").read_text()
    key = tmp_path / "stored"
    spoiled = text.rstrip() if spoil == "no-last-line-break" else text.replace("\n", "\r\n")
    key.write_bytes(spoiled.encode())
    code, said = odoo_sh("deploy", ssh_key=key)
    assert code == 0, said


def test_a_key_with_a_passphrase_or_of_nonsense(odoo_sh, server, tmp_path) -> None:
    locked, nonsense = tmp_path / "locked", tmp_path / "nonsense"
    run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "a passphrase", "-f", str(locked)))
    nonsense.write_text("this is no key")
    for key in (locked, nonsense):
        code, said = odoo_sh("deploy", ssh_key=key)
        assert code == 2
        assert "ODOO_SH_SSH_KEY is not a private key that can be used" in said
        assert "this is no key" not in said
    assert "Accepted" not in server.log


def test_a_wrong_path(odoo_sh, server) -> None:
    code, said = odoo_sh("deploy", repo="customer/elsewhere")
    assert code == 2
    assert "has no repository customer/elsewhere" in said


def test_nobody_answers(odoo_sh, server) -> None:
    server.stop()
    code, said = odoo_sh("deploy")
    assert code == 4
    assert "could not be queried" in said and "Connection refused" in said
    code, said = odoo_sh("deploy", known_hosts=None)
    assert code == 4
    assert "no SSH server answers at 127.0.0.1" in said


def test_a_changed_host_key_stops_before_anything_is_sent(
    deployed, odoo_sh, server, commit
) -> None:
    commit("More")
    server.stop()
    for name in ("host", "host.pub", "log"):
        (server.folder / name).unlink()
    run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(server.folder / "host")))
    server.start()
    shown = run(("ssh-keygen", "-lf", str(server.folder / "host.pub"))).stdout.split()[1]
    code, said = odoo_sh("deploy")
    assert code == 2
    assert f"shows another host key than the pinned one: {shown}" in said
    assert "Accepted" not in server.log
    assert server.head() == deployed


def test_without_a_pinned_key_it_stops_and_shows_what_it_saw(odoo_sh, server, tmp_path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    shown = run(("ssh-keygen", "-lf", str(server.folder / "host.pub"))).stdout.split()[1]
    for known_hosts in (None, empty):
        code, said = odoo_sh("deploy", known_hosts=known_hosts)
        assert code == 2
        assert shown in said and server.known_hosts.strip() in said
        assert "store that key's line in the secret ODOO_SH_KNOWN_HOSTS" in said
    assert "Accepted" not in server.log and not server.head()


def test_known_hosts_of_another_server(odoo_sh, server, tmp_path) -> None:
    other = tmp_path / "other"
    other.write_text(server.known_hosts.replace("127.0.0.1", "elsewhere.example"))
    code, said = odoo_sh("deploy", known_hosts=other)
    assert code == 2
    assert f"ODOO_SH_KNOWN_HOSTS pins no key of [127.0.0.1]:{server.port}" in said
    assert (
        server.log.count("Connection closed by 127.0.0.1") <= 1
    )  # by whom the start was waited for


def test_the_key_is_in_no_file_and_no_output(odoo_sh, server, tmp_path, monkeypatch) -> None:
    """While the server takes the push, nothing below the temporary directory holds the key."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    secret = (server.folder / "key").read_text().splitlines()[2]
    found = server.folder / "found"
    server.hook(
        "pre-receive",
        f"grep -rl '{secret}' {place} > {found}; (echo ---; ls -R {place}) >> {found}",
    )
    code, said = odoo_sh("deploy")
    assert code == 0 and secret not in said
    with_the_key, listing = found.read_text().split("---\n")
    assert with_the_key == ""
    assert "key.pub" in listing and "agent" in listing
    assert list(place.iterdir()) == []


def test_the_agent_ends_with_the_deployment(odoo_sh) -> None:
    def agents() -> set[str]:
        listed = subprocess.run(
            ["pgrep", "-f", "^ssh-agent.*odoo-sh-"], capture_output=True, text=True
        )
        return {pid for pid in listed.stdout.split() if _has_keys(pid)}

    before = agents()
    assert odoo_sh("deploy")[0] == 0
    assert agents() <= before


def _has_keys(pid: str) -> bool:
    arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return Path(arguments[2].decode()).exists()
