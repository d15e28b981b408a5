"""This repository is its pipeline's first user."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("check", ["lint", "manifests", "secrets", "gitignore"])
def test_the_static_checks_pass_here(call, check: str) -> None:
    answer = call(check)
    assert answer.rows[check] == "PASSED"
