"""The rules on manifests, without pylint's."""

from __future__ import annotations

import pytest

from pipeline.check import manifests
from pipeline.core.settings import ProjectSettings, Settings


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Check the add-ons below ``tmp_path``: what is found, as (where, code) pairs.

    ``check.message(1)``: the message of the second finding; ``check.report``: the last report.
    """
    monkeypatch.setattr(manifests, "check_with_pylint", lambda *arguments: ())

    def go(**project):
        report = manifests.check_manifests(tmp_path, Settings(project=ProjectSettings(**project)))
        go.report = report
        return [(finding.where, finding.code) for finding in report.findings]

    go.message = lambda number=0: go.report.findings[number].message
    return go
