"""Draw what a terminal showed as an SVG: ``terminal.py TITLE FILE < output``.

The pictures in docs/images are real output, piped in here; CONTRIBUTING.md has the commands.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.text import Text


def main() -> None:
    """Read the output, write the picture."""
    title, file = sys.argv[1:]
    text = sys.stdin.read().expandtabs().rstrip("\n")
    width = max(map(len, text.splitlines()))
    with open("/dev/null", "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=width, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(text), no_wrap=True)
    # Without the fonts of a server elsewhere.
    form = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    Path(file).write_text(console.export_svg(title=title, code_format=form), encoding="utf-8")


if __name__ == "__main__":
    main()
