"""Run a program on a copy of PROD: not a word of what it says is shown, for it may quote rows.

It needs Python's standard library and nothing else: it runs where Odoo does, in any image.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence

from pipeline.core.process.redaction import safe


def main(argv: Sequence[str]) -> int:
    """Run a program; when it fails, print what of its words is safe. Gives its exit code."""
    if not argv:
        print("error: no program is given", file=sys.stderr)
        return 2
    # A file without a name: it is gone with this process, however that ends.
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
