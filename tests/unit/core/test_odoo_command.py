"""Odoo's configuration and arguments."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

from pipeline.core.odoo import command


def test_configuration_is_what_odoo_reads() -> None:
    text = command.configuration([Path("/a"), Path("/b")], Path("/s"), "odoo", Path("/d"), 1234)
    parser = ConfigParser()
    parser.read_string(text)
    options = dict(parser["options"])
    assert options["addons_path"] == "/a,/b"
    assert options["db_host"] == "/s"
    assert options["data_dir"] == "/d"
    assert (options["http_interface"], options["http_port"]) == ("127.0.0.1", "1234")
    assert options["max_cron_threads"] == "0"


def test_arguments_test_one_addon_alone() -> None:
    assert command.test(Path("/c"), "db", "x") == (
        "--config=/c",
        "--database=db",
        "--init=x",
        "--stop-after-init",
        "--test-tags=/x",
    )
