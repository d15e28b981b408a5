"""Fixtures for all tests: small and general."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.errors import PipelineError


@pytest.fixture
def run_pipeline() -> Callable[..., tuple[int, str]]:
    """Run a command of the pipeline in this process: exit code, and all that it printed."""

    def run(*arguments: object) -> tuple[int, str]:
        answer = CliRunner().invoke(cli, [str(argument) for argument in arguments])
        error = answer.exception
        if isinstance(error, PipelineError):
            return error.exit_code, f"{answer.output}error: {error}\n"
        if error is not None and not isinstance(error, SystemExit):
            raise error
        return answer.exit_code, answer.output

    return run
