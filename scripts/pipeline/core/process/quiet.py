"""Run a program on a copy of PROD without showing its output, which may quote rows.

It needs only Python's standard library, because it runs in any image that Odoo runs in.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence

from pipeline.core.process.redaction import safe


def main(argv: Sequence[str]) -> int:
    """Run a program; when it fails, print the safe part of its output. Returns its exit code."""
    if not argv:
        print("error: no program is given", file=sys.stderr)
        return 2
    # An unnamed file: it disappears with this process, however that ends.
    with tempfile.TemporaryFile() as printed:
        try:
            done = subprocess.run(
                list(argv), stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT
            )
        except OSError as error:
            print(f"error: `{argv[0]}` cannot be run: {error.strerror}", file=sys.stderr)
            return 127
        if done.returncode:
            printed.seek(0)
            said = safe(printed.read().decode("utf-8", "replace"))
            print(f"`{argv[0]} …` ended with exit code {done.returncode}:\n{said}", file=sys.stderr)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode
