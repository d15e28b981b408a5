"""Private SSH keys in any usual format: OpenSSH, PEM or PKCS#8, pasted into a secret."""

from __future__ import annotations

import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from pipeline.core.errors import SshError

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.S)
_PUBLIC = re.compile(r"\s*(?:ssh-|ecdsa-|sk-)[\w@.-]+ AAAA")
_USABLE = (ed25519.Ed25519PrivateKey, ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)
_GOOD = "use the complete file, from BEGIN to END: Ed25519, ECDSA or RSA"


def read(text: str, option: str) -> str:
    """Convert a private key to OpenSSH's own format.

    Args:
        text: the key's text.
        option: the user's option, for the errors.

    Raises:
        SshError: not a private key, one with a passphrase, or an unsupported type.
    """
    block = _BLOCK.search(text)
    if block is None:
        raise _unusable(text, option)
    data = _lines(block[1], block[2]).encode("utf-8", "replace")
    try:
        if block[1] == "OPENSSH PRIVATE KEY":
            key: object = serialization.load_ssh_private_key(data, None)
        else:
            key = serialization.load_pem_private_key(data, None)
    except TypeError as error:  # raised by cryptography for a key with a passphrase
        raise _locked(option) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        if "ENCRYPTED" in block[0][:300] or "password" in str(error).lower():
            raise _locked(option) from error
        raise SshError(f"{option} is not a readable private key", _GOOD) from error
    form = (serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    try:
        if isinstance(key, _USABLE):
            return key.private_bytes(serialization.Encoding.PEM, *form).decode()
    except (ValueError, UnsupportedAlgorithm):
        pass  # a curve that SSH does not support
    raise unused(option)


def unused(option: str) -> SshError:
    """The error for a valid key that is of no use here."""
    return SshError(
        f"{option} is a private key of an unsupported type",
        "use a key of type Ed25519, ECDSA (nistp256, nistp384, nistp521) or RSA",
    )


def _lines(kind: str, body: str) -> str:
    """The block with one newline after each line, also when it was pasted without them."""
    body = re.sub(r"\\r|\\n", "\n", body)
    if "\n" not in body.strip() and "\r" not in body.strip():
        body = "\n".join(body.split())
    kept = "\n".join(line.strip() for line in re.split(r"[\r\n]+", body.strip()))
    # PEM has an empty line after its headers.
    kept = re.sub(r"(?m)^(DEK-Info:.*)$", r"\1\n", kept)
    return f"-----BEGIN {kind}-----\n{kept}\n-----END {kind}-----\n"


def _locked(option: str) -> SshError:
    return SshError(
        f"{option} has a passphrase",
        "use a key without one, created for this purpose (`ssh-keygen -t ed25519`)",
    )


def _unusable(text: str, option: str) -> SshError:
    if _PUBLIC.match(text):
        return SshError(f"{option} is a public key, not a private one", "use the file without .pub")
    if text.lstrip().startswith("PuTTY-User-Key-File"):
        return SshError(
            f"{option} is a key in PuTTY's format",
            "convert it: `puttygen key.ppk -O private-openssh -o key`",
        )
    return SshError(f"{option} is not a readable private key", _GOOD)
