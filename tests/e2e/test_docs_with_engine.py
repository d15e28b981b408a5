"""The blocks of the pages that call Dagger, run as they stand but for the module's address."""

from __future__ import annotations

import subprocess

import pytest

from doc_blocks import ROOT, Block, all_blocks

ENGINE = [block for block in all_blocks() if block.mark == "engine"]
ADDRESS = "github.com/resultrum/odoo-mta"


def test_there_are_such_blocks() -> None:
    assert len(ENGINE) >= 1


@pytest.mark.parametrize("block", ENGINE, ids=str)
def test_the_calls_of_a_page_work(block: Block, repository) -> None:
    repository.addon("visit")
    repository.write("visit/tests/doubtful.py", 'password = "sunflower"  # of a user of visit\n')
    repository.commit()
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text.replace(ADDRESS, str(ROOT))],
        cwd=repository.path,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert "visit" in done.stdout, done.stdout
