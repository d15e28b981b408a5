"""known_hosts lines as OpenSSH reads them: each form side by side with ssh-keygen."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from pipeline.core.errors import SshError
from pipeline.remote import known_hosts, ssh
from pipeline.remote.target import SshTarget

ED = "AAAAC3NzaC1lZDI1NTE5AAAAIEC/eRIWB+aE47QqIsaQwbU0WFwc6enZa8harQsJh24l"
OTHER = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
KIND = "ssh-ed25519"
#: `vm.acme.test` as `ssh-keygen -H` wrote it.
HASHED = "|1|F1E1KeoE/eEWhfTOpVXgD2QPBbQ=|xKRrJPFNNZGM6cDtEDh4MzkUeJo="

#: Text of a file, and whether it says something of vm.acme.test on port 22 and on port 2222.
FILES = {
    "as it should be": (f"vm.acme.test {KIND} {ED}\n", True, False),
    "two blanks": (f"vm.acme.test  {KIND}   {ED}\n", True, False),
    "tabs": (f"vm.acme.test\t{KIND}\t {ED}\n", True, False),
    "blanks before": (f"   vm.acme.test {KIND} {ED}\n", True, False),
    "a comment behind": (f"vm.acme.test {KIND} {ED} root@vm, made in May\n", True, False),
    "comments and empty lines": (f"# vm\n\n  # b\nvm.acme.test {KIND} {ED}\n", True, False),
    "Windows": (f"other {KIND} {OTHER}\r\nvm.acme.test {KIND} {ED}\r\n", True, False),
    "no last line end": (f"vm.acme.test {KIND} {ED}", True, False),
    "several names": (f"other,vm.acme.test,10.0.0.1 {KIND} {ED}\n", True, False),
    "upper case": (f"VM.Acme.Test {KIND} {ED}\n", True, False),
    "a wildcard": (f"*.acme.test {KIND} {ED}\n", True, False),
    "a question mark": (f"v?.acme.test {KIND} {ED}\n", True, False),
    "an exception": (f"*.acme.test,!vm.acme.test {KIND} {ED}\n", False, False),
    "an exception first": (f"!vm.*,*.acme.test {KIND} {ED}\n", False, False),
    "another exception": (f"*.acme.test,!uat.acme.test {KIND} {ED}\n", True, False),
    "everything": (f"* {KIND} {ED}\n", True, True),
    "a port": (f"[vm.acme.test]:2222 {KIND} {ED}\n", False, True),
    "wildcards with a port": (f"[*.acme.test]:2222 {KIND} {ED}\n", False, True),
    "both": (f"vm.acme.test,[vm.acme.test]:2222 {KIND} {ED}\n", True, True),
    "no class of letters": (f"v[m].acme.test {KIND} {ED}\n", False, False),
    "another host": (f"acme.test {KIND} {ED}\n", False, False),
    "nothing": ("", False, False),
}


def found(text: str, name: str) -> bool:
    return bool(known_hosts.parse(text).lookup(name))


@pytest.mark.parametrize("name", FILES)
def test_a_host_is_found_where_openssh_finds_it(name: str, tmp_path: Path) -> None:
    text, plain, port = FILES[name]
    assert found(text, "vm.acme.test") == plain
    assert found(text, "[vm.acme.test]:2222") == port
    file = tmp_path / "known_hosts"
    file.write_text(text)
    for host, wanted in (("vm.acme.test", plain), ("[vm.acme.test]:2222", port)):
        asked = subprocess.run(["ssh-keygen", "-F", host, "-f", file], capture_output=True)
        assert (asked.returncode == 0) == wanted


def test_hashed_names(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(f"vm.acme.test {KIND} {ED}\n[vm.acme.test]:2222 {KIND} {OTHER}\n")
    subprocess.run(["ssh-keygen", "-H", "-f", file], check=True, capture_output=True)
    text = file.read_text()
    assert "acme" not in text
    (one,) = known_hosts.parse(text).lookup("VM.acme.test")
    assert one.key == known_hosts.parse(f"x {KIND} {ED}").entries[0].key
    assert found(text, "[vm.acme.test]:2222")
    assert not found(text, "other.acme.test")


def test_other_types_next_to_it_and_several_keys_of_one() -> None:
    """A type that nobody here can use says nothing, and hinders nothing."""
    newer = "AAAAC25ldy1AeC50ZXN0AAAAAQA="  # of a type "new-@x.test"
    text = f"vm new-@x.test {newer}\nvm {KIND} {ED}\nvm {KIND} {OTHER}\n"
    kinds = [entry.kind for entry in known_hosts.parse(text).lookup("vm")]
    assert kinds == ["new-@x.test", KIND, KIND]


def test_markers() -> None:
    text = f"@revoked * {KIND} {ED}\n@cert-authority *.acme.test {KIND} {OTHER}\n"
    known = known_hosts.parse(text)
    assert known.lookup("vm.acme.test") == ()
    assert [one.marker for one in known.lookup("vm", known_hosts.REVOKED)] == ["@revoked"]


@pytest.mark.parametrize(
    "line",
    [
        "vm.acme.test",
        f"vm.acme.test {KIND}",
        f"vm.acme.test {KIND} %%%%",
        f"vm.acme.test {KIND} {ED[:-3]}",
        f"vm.acme.test ssh-rsa {ED}",
        f"{KIND} {ED}",
        f", {KIND} {ED}",
        f"@unknown vm {KIND} {ED}",
        f"|1|x|y {KIND} {ED}",
        f"|1|| {KIND} {ED}",
        f"{HASHED},vm {KIND} {ED}",
        f"|2|{HASHED[3:]}|z {KIND} {ED}x",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        f"vm.acme.test {KIND} é",
        "@revoked",
    ],
)
def test_a_line_that_names_no_key_is_named(line: str, tmp_path: Path) -> None:
    text = f"# first\nvm {KIND} {ED}\n{line}\n"
    aim = SshTarget("uat", "vm", "ubuntu", tmp_path / "key", text)
    with pytest.raises(
        SshError, match="UAT_VM_KNOWN_HOSTS.*: line 3 is not a valid host key"
    ) as caught:
        ssh._pinned(aim)
    assert "ssh-keyscan" in caught.value.fix


def test_whatever_is_given_ends_in_an_answer_or_in_one_error(tmp_path: Path) -> None:
    """Damage of every kind to lines that are right."""
    chance = random.Random(12)
    good = "".join(text for text, *_ in FILES.values()) + f"{HASHED} {KIND} {ED}\n"
    signs = "\0\t\n\r ,|@!*?[]:#=é\ufeff\u2028AZaz09+/"
    errors = 0
    for _ in range(3000):
        letters = list(good[chance.randrange(len(good)) :][:200])
        for _ in range(chance.randint(0, 4)):
            place = chance.randrange(len(letters) or 1)
            letters[place : place + chance.randint(0, 3)] = chance.choice(signs)
        try:
            known = ssh._pinned(SshTarget("uat", "vm", "u", tmp_path, "".join(letters)))
            known.lookup("vm.acme.test")
            known.lookup("[::1]:2222")
        except SshError:
            errors += 1
    assert 0 < errors < 3000
