"""Files of add-ons under test, and what a run leaves of them."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

HEAD = """\
import logging
import os
import signal
import time
import unittest
import warnings

from odoo.tests import HttpCase, TransactionCase, tagged


"""


def file_of(body: str) -> dict[str, str]:
    """An add-on's test file, with its import."""
    return {"tests/__init__.py": "from . import test_it\n", "tests/test_it.py": HEAD + body}


def line(text: str) -> int:
    """The line of a test file's body that holds this text."""
    return next(n for n, one in enumerate(text.splitlines(), 1) if "# here" in one) + HEAD.count(
        "\n"
    )


def junit(repository: Path, name: str = "x") -> dict[str, list[str]]:
    """Test names and the elements below them in the JUnit file."""
    cases = ElementTree.parse(repository / "out" / f"junit-{name}.xml").iter("testcase")
    return {
        f"{case.get('classname')}.{case.get('name')}": [child.tag for child in case]
        for case in cases
    }
