"""The configuration of coverage in test processes."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

from pipeline.test.recording.measuring import configuration


def test_branches_relative_paths_and_patterns() -> None:
    text = configuration(Path("/w/coverage"), [Path("/src/a"), Path("/src/b")], omit=["*/tests/*"])
    parser = ConfigParser()
    parser.read_string(text)
    run = parser["run"]
    assert run["branch"] == "true" and run["relative_files"] == "true"
    assert run["data_file"] == "/w/coverage"
    assert run["source"].split() == ["/src/a", "/src/b"]
    assert run["omit"].split() == ["*/tests/*"]
    assert "parallel" not in run


def test_subprocesses_write_files_of_their_own() -> None:
    parser = ConfigParser()
    parser.read_string(configuration(Path("/w/coverage"), [Path("/src")], subprocesses=True))
    assert parser["run"]["patch"] == "subprocess" and parser["run"]["parallel"] == "true"
