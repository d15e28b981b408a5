"""The workflow files, parsed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[4]
FOLDER = ROOT / ".github" / "workflows"


@dataclass(frozen=True)
class Workflow:
    """A workflow file."""

    path: Path
    text: str
    content: dict[Any, Any]

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def triggers(self) -> dict[str, Any]:
        """What starts it, and with which inputs. YAML reads the key `on` as true."""
        return {key: value or {} for key, value in self.content[True].items()}

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        return self.content["jobs"]

    @property
    def steps(self) -> list[dict[str, Any]]:
        return [step for job in self.jobs.values() for step in job.get("steps", [])]

    @property
    def secrets(self) -> set[str]:
        return set(re.findall(r"\bsecrets\.(\w+)", self.text))

    @property
    def variables(self) -> set[str]:
        return set(re.findall(r"\bvars\.(\w+)", self.text))

    def dagger_calls(self) -> Iterator[list[str]]:
        """Each `dagger call`: function and arguments, as the shell splits them."""
        for step in self.steps:
            for line in step.get("run", "").replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if "dagger" in words:
                    call = words[words.index("call") + 1 :]
                    ends = [place for place, word in enumerate(call) if word in ("|", ">", ">>")]
                    yield call[: min(ends, default=None)]


@pytest.fixture(scope="session")
def workflows() -> dict[str, Workflow]:
    """All workflows of this repository by file name."""
    found = {}
    for path in sorted(FOLDER.iterdir()):
        text = path.read_text(encoding="utf-8")
        found[path.name] = Workflow(path, text, yaml.safe_load(text))
    return found
