"""Every name that a rule gives to what it finds; detect-secrets calls them secret types."""

from __future__ import annotations

import enum

from pipeline.check.secrets.rules import tokens, weak

_KEYS = frozenset(
    "age-key bearer-token browser-login docker-login framework-key jwt kubernetes-secret "
    "odoo-parameter private-key secret-key session-cookie".split()
)
_PASSWORDS = frozenset(
    "basic-authorization netrc-password odoo-data odoo-password password password-hash "
    "password-in-command password-in-url pgpass-password".split()
)

KINDS = tuple(
    sorted(
        {
            *tokens.KINDS,
            *weak.ADVICE,
            *_KEYS,
            *_PASSWORDS,
        }
    )
)


class Sort(enum.IntEnum):
    """What a kind of secret is, by its risk: who finds the last one can use it at once.

    ``WEAK``: a password that everybody knows.
    ``PASSWORD``: a password; where it is valid has still to be found out.
    ``KEY``: a key or a token that a program made.
    ``PROVIDER``: a token of a known provider, valid from anywhere.
    """

    WEAK = 0
    PASSWORD = 1
    KEY = 2
    PROVIDER = 3


def sort_of(kind: str) -> Sort:
    """Of which sort the secrets of a kind are."""
    if kind in weak.ADVICE:
        return Sort.WEAK
    if kind in _PASSWORDS:
        return Sort.PASSWORD
    return Sort.KEY if kind in _KEYS else Sort.PROVIDER


def class_name(kind: str) -> str:
    """The name of the detect-secrets plugin of a kind: ``odoo-data`` has ``OdooDataDetector``."""
    return "Pipeline" + "".join(word.capitalize() for word in kind.split("-")) + "Detector"
