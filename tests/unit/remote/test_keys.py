"""Private keys in every form in which programs write them and people paste them."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from pipeline.core.errors import SshError
from pipeline.remote import ssh
from pipeline.remote.target import SshTarget

KEYS = {
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "rsa": rsa.generate_private_key(65537, 2048),
    "nistp256": ec.generate_private_key(ec.SECP256R1()),
    "nistp384": ec.generate_private_key(ec.SECP384R1()),
    "nistp521": ec.generate_private_key(ec.SECP521R1()),
}
FORMS = {
    "openssh": serialization.PrivateFormat.OpenSSH,
    "pkcs8": serialization.PrivateFormat.PKCS8,
    "pem": serialization.PrivateFormat.TraditionalOpenSSL,
}


def written(key: object, form: str, password: bytes = b"") -> str:
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        lock = serialization.BestAvailableEncryption(password)
    made: bytes = key.private_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.PEM, FORMS[form], lock
    )
    return made.decode()


def blob(key: object) -> str:
    public: bytes = key.public_key().public_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return public.decode().split()[1]


def load(text: str, tmp_path: Path) -> str:
    file = tmp_path / "key"
    file.write_text(text, encoding="utf-8", newline="")
    return ssh.load_key(SshTarget("uat", "vm", "ubuntu", file)).get_base64()


def refused(text: str, tmp_path: Path) -> SshError:
    with pytest.raises(SshError) as caught:
        load(text, tmp_path)
    assert "--ssh-key (secret UAT_VM_SSH_KEY)" in caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("name", "form"),
    [(name, form) for name in KEYS for form in FORMS if (name, form) != ("ed25519", "pem")],
)
def test_every_form_is_read(name: str, form: str, tmp_path: Path) -> None:
    text = written(KEYS[name], form)
    pasted = (
        text,
        text.rstrip("\n"),
        text.replace("\n", "\r\n"),
        text.replace("\n", "\r"),
        f"\ufeff\n\n{text}\n\n",
        "".join(f"    {line}\n" for line in text.splitlines()),
        text.replace("\n", "\\n"),
        f"Bag Attributes\n    friendlyName: vm\n{text}",
    )
    for one in pasted:
        assert load(one, tmp_path) == blob(KEYS[name])


def test_a_key_in_one_line(tmp_path: Path) -> None:
    text = written(KEYS["rsa"], "openssh").replace("\n", " ")
    assert load(text, tmp_path) == blob(KEYS["rsa"])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["rsa", "nistp256"])
def test_a_passphrase_is_named(name: str, form: str, tmp_path: Path) -> None:
    text = written(KEYS[name], form, b"secret")
    for one in (text, text.replace("\n", "\r\n"), text.strip()):
        assert "has a passphrase" in refused(one, tmp_path).message


@pytest.mark.parametrize("form", ["RFC4716", "PEM", "PKCS8"])
@pytest.mark.parametrize("password", ["", "secret"])
@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_what_openssh_writes(kind: str, password: str, form: str, tmp_path: Path) -> None:
    file = tmp_path / "id"
    made = subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-m", form, "-N", password, "-f", file],
        capture_output=True,
    )
    assert made.returncode == 0, made.stderr
    text = file.read_text()
    if password:
        assert "has a passphrase" in refused(text, tmp_path).message
    else:
        assert load(text, tmp_path) == file.with_suffix(".pub").read_text().split()[1]


def test_an_invalid_private_key(tmp_path: Path) -> None:
    text = written(KEYS["rsa"], "openssh")
    public = f"ssh-rsa {blob(KEYS['rsa'])} me@here\n"
    assert "is a public key" in refused(public, tmp_path).message
    assert "puttygen" in refused("PuTTY-User-Key-File-3: ssh-rsa\n", tmp_path).fix
    for nothing in ("x", text[:300], text.replace("BEGIN", "BEGINN"), text[200:]):
        assert "is not a readable private key" in refused(nothing, tmp_path).message
    for key in (dsa.generate_private_key(1024), ed448.Ed448PrivateKey.generate()):
        assert "an unsupported type" in refused(written(key, "pkcs8"), tmp_path).message
    other = ec.generate_private_key(ec.SECP256K1())
    assert "an unsupported type" in refused(written(other, "pem"), tmp_path).message


def test_whatever_is_given_ends_in_a_key_or_in_one_error(tmp_path: Path) -> None:
    chance = random.Random(14)
    forms = [written(key, form) for key in KEYS.values() for form in ("openssh", "pkcs8")]
    forms += [written(KEYS["rsa"], form, b"x") for form in FORMS]
    good = 0
    for _ in range(600):
        letters = list(chance.choice(forms))
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(letters))
            letters[place : place + chance.randint(0, 40)] = chance.choice(
                ["", "\n", "A", "é", "="]
            )
        try:
            load("".join(letters), tmp_path)
            good += 1
        except SshError as error:
            assert ("".join(letters)[100:140] or "nothing") not in error.message
    assert good < 600
