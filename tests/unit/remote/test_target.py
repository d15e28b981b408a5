"""Names that come from outside are looked at before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from pipeline.core.references import check_tag
from pipeline.remote.target import ssh_target

HOSTILE = [
    "-oProxyCommand=touch /tmp/x",
    "host'; DROP TABLE x; --",
    "../../etc/passwd",
    "host\nother",
    "host\n",
    "$(id)",
    "`id`",
    'a"b',
    "a b",
    "hôte",
    "host\x00",
    "a" * 254,
    "-",
]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.write_text("something\n")
    return file


@pytest.mark.parametrize("host", [*HOSTILE, "a..b", ".a", "a.", "a:22", "user@host"])
def test_a_hostile_host_is_refused(host, key) -> None:
    with pytest.raises(InputError, match=r"--host .* is not valid"):
        ssh_target("uat", host, "ubuntu", key, None)


@pytest.mark.parametrize("user", [*HOSTILE, "root;id", "1user", "ubuntu@host", "a/b"])
def test_a_hostile_user_is_refused(user, key) -> None:
    with pytest.raises(InputError, match="--user .* is not valid"):
        ssh_target("uat", "vm.example.org", user, key, None)


@pytest.mark.parametrize("tag", [*HOSTILE, ".hidden", "a/b", "a:b", "a" * 129, ""])
def test_a_hostile_tag_is_refused(tag) -> None:
    with pytest.raises(InputError, match="is not a tag"):
        check_tag(tag)


@pytest.mark.parametrize(
    "host", ["192.168.1.100", "vm", "uat-vm.example.org", "fe80::1", "10.0.0.1"]
)
def test_a_good_host_is_taken(host, key) -> None:
    assert ssh_target("uat", host, "ubuntu", key, None).host == host


def test_a_port_belongs_to_the_name(key) -> None:
    assert ssh_target("uat", "vm", "ubuntu", key, None, 2222).name == "[vm]:2222"
    assert ssh_target("uat", "vm", "ubuntu", key, None).name == "vm"
    for port in (0, -1, 65536):
        with pytest.raises(InputError, match="--port"):
            ssh_target("uat", "vm", "ubuntu", key, None, port)


def test_all_that_is_missing_is_named_at_once(tmp_path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    with pytest.raises(InputError) as raised:
        ssh_target("prod", " ", "", empty, None)
    for name in ("PROD_VM_HOST", "PROD_VM_USER", "PROD_VM_SSH_KEY"):
        assert name in raised.value.message


def test_a_file_that_cannot_be_read_is_named(tmp_path, key) -> None:
    with pytest.raises(InputError, match="--ssh-key: .*nowhere cannot be read"):
        ssh_target("uat", "vm", "ubuntu", tmp_path / "nowhere", None)
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="--known-hosts: .*binary cannot be read"):
        ssh_target("uat", "vm", "ubuntu", key, binary)
