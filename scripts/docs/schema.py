"""Write the JSON schema of pipeline.toml, which the package carries, from the settings' classes."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline.core.settings import schema  # noqa: E402

if __name__ == "__main__":
    schema.FILE.write_text(schema.text(), encoding="utf-8")
