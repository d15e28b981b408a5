"""The phrases that confirm actions that cannot be undone, each in one place.

A phrase is checked before anything is contacted.
"""

from __future__ import annotations

from dataclasses import dataclass

import click

from pipeline.cli.options import Decorated
from pipeline.core.errors import InputError


@dataclass(frozen=True)
class Phrase:
    """A phrase that confirms.

    Attributes:
        text: the exact text to type.
        effect: what happens then, for the error.
    """

    text: str
    effect: str

    def option(self, function: Decorated) -> Decorated:
        """Add ``--confirm``."""
        words = f'The phrase "{self.text}", exactly.'
        return click.option("--confirm", default="", help=words)(function)

    def check(self, confirm: str) -> None:
        """Raise InputError unless the phrase was typed."""
        if confirm != self.text:
            raise InputError(
                f"{self.effect}, and the confirmation is not right; nothing was contacted",
                f'give --confirm "{self.text}", exactly',
            )


DEPLOY_PROD = Phrase("I understand this deploys to PRODUCTION", "this deploys to PRODUCTION")
DEPLOY_ODOO_SH = Phrase("Deploy to Odoo.sh", "this deploys to Odoo.sh")
REFRESH_UAT = Phrase("Refresh UAT database from PROD", "this reads PROD's data")
#: Names the run, so it differs each time: the dry run shows it.
ABANDON_PROD = "I understand that PRODUCTION is left as {run} left it"
OVERWRITE = Phrase("this database may be overwritten", "this replaces data, which cannot be undone")
