"""Run pieces of scripts/engine in Bash, on a machine made of stubs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ENGINE = Path(__file__).parents[3] / "scripts" / "engine"
PARTS = "common phase detect packages build network registry bootstrap sdk daemon images warm"


class Machine:
    """A PATH of stubs, a cache directory, and Bash to run on them."""

    def __init__(self, root: Path) -> None:
        self.bin = root / "bin"
        self.cache = root / "cache"
        self.bin.mkdir()
        self.cache.mkdir()
        for tool in TOOLS:
            found = next(
                (Path(d) / tool for d in os.defpath.split(os.pathsep) if (Path(d) / tool).exists()),
                None,
            )
            if found is not None:
                (self.bin / tool).symlink_to(found)

    def stub(self, name: str, script: str) -> Path:
        """Put a command on the PATH."""
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(0o755)
        return path

    def without(self, name: str) -> None:
        """Take a command off the PATH."""
        (self.bin / name).unlink(missing_ok=True)

    def environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        return {"PATH": str(self.bin), "ODOO_MTA_CACHE": str(self.cache), **extra}

    def bash(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a script with the functions of scripts/engine/lib loaded."""
        load = f'for part in {PARTS}; do . "{ENGINE}/lib/$part.sh"; done\n'
        return subprocess.run(
            ["/bin/bash", "-c", f"set -euo pipefail\n{load}{script}"],
            env=self.environment(variables),
            capture_output=True,
            text=True,
            timeout=60,
        )

    def engine(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run scripts/engine/engine itself."""
        return subprocess.run(
            ["/bin/bash", str(ENGINE / "engine"), *arguments],
            env=self.environment(variables),
            capture_output=True,
            text=True,
            timeout=60,
        )


# What the scripts may use of any machine, before they install anything.
TOOLS = (
    "bash basename cat chmod cmp cp cut date dirname du env find flock grep head id install ln "
    "mkdir mktemp mv readlink rm sed setsid sha256sum sleep sort stat tail tar timeout tr "
    "uname wc xargs"
).split()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A Debian on amd64 where nobody is root and neither Docker nor Dagger is there."""
    made = Machine(tmp_path)
    made.stub("id", '[ "$1" = -un ] && echo somebody || echo 1000')
    made.stub("uname", '[ "$1" = -m ] && echo x86_64 || echo Linux')
    made.stub("apt-get", "exit 1")
    made.stub("dpkg-query", 'echo "install ok installed"')
    made.stub("go", "echo go1.26.0")
    return made
