"""Every name that a rule gives to what it finds; detect-secrets calls them secret types."""

from __future__ import annotations

from pipeline.check.secrets.rules import tokens

KINDS = tuple(
    sorted(
        {
            *tokens.KINDS,
            "basic-authorization",
            "bearer-token",
            "docker-login",
            "framework-key",
            "kubernetes-secret",
            "netrc-password",
            "odoo-data",
            "odoo-parameter",
            "odoo-password",
            "password",
            "password-hash",
            "password-in-command",
            "password-in-url",
            "pgpass-password",
            "private-key",
            "secret-key",
        }
    )
)


def class_name(kind: str) -> str:
    """The name of the detect-secrets plugin of a kind: ``odoo-data`` has ``OdooDataDetector``."""
    return "Pipeline" + "".join(word.capitalize() for word in kind.split("-")) + "Detector"
