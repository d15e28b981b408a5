"""The files of one run: Odoo's input and output, and how the results are copied out."""

from __future__ import annotations

import fcntl
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.addons.dependencies import Dependency
from pipeline.core.addons.discovery import AddOn
from pipeline.test.odoo import installation
from pipeline.test.odoo.browser import copy_screenshots
from pipeline.test.odoo.prepare import DATABASE, TEMPLATE
from pipeline.test.recording import measuring

#: Files whose coverage says nothing about the tests: the tests themselves, and manifests.
_OMITTED = ("*/tests/*", "*/__manifest__.py", "*/__openerp__.py")


@dataclass(frozen=True)
class Workplace:
    """Files of one run, in a directory that the user odoo may write to."""

    directory: Path

    events = property(lambda self: self.directory / "events.jsonl")
    stacks = property(lambda self: self.directory / "stacks.txt")
    log = property(lambda self: self.directory / "log.txt")
    coverage = property(lambda self: self.directory / "coverage")
    coverage_configuration = property(lambda self: self.directory / "coverage.ini")
    configuration = property(lambda self: self.directory / "odoo.conf")
    screenshots = property(lambda self: self.directory / "screenshots")
    addons = property(lambda self: self.directory / "addons")


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Allow one run at a time in a directory; others wait. The lock ends with its process."""
    with (directory / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def set_up(directory: Path, root: Path, closure: Sequence[AddOn]) -> Workplace:
    """An empty workplace, with a folder of links to the add-ons: Odoo sees these and no others.

    The code of those of others is not measured.
    """
    shutil.rmtree(directory, ignore_errors=True)
    workplace = Workplace(directory)
    workplace.addons.mkdir(parents=True)
    for addon in closure:
        (workplace.addons / addon.name).symlink_to(root / addon.path)
    sources = [root / addon.path for addon in closure if not isinstance(addon, Dependency)]
    text = measuring.configuration(workplace.coverage, sources, omit=_OMITTED)
    workplace.coverage_configuration.write_text(text, encoding="utf-8")
    installation.own(directory)
    return workplace


def free_port() -> int:
    """A port for the web server, which HttpCase talks to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def copy_filestore(prepared: Path, data: Path) -> None:
    """Link the template's attachments: Odoo replaces such files and never writes to them."""
    source, target = prepared / "filestore" / TEMPLATE, data / "filestore" / DATABASE
    data.mkdir()
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_link)
    installation.own(data, *(path for path in data.rglob("*") if path.is_dir()))


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def hand_out(workplace: Workplace, name: str, output: Path) -> None:
    """Copy what the user ``odoo`` wrote into the directory of results."""
    for path, target in (
        (workplace.log, f"log-{name}.txt"),
        (workplace.coverage, f"coverage-{name}"),
    ):
        if path.is_file():
            shutil.copyfile(path, output / target)
    copy_screenshots(workplace.screenshots, name, output)
