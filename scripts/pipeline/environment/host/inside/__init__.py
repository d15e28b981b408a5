"""Scripts that run inside an Odoo container, on the Python that is there: standard library alone.

They are sent over as text; nothing of this package is there.
"""

from __future__ import annotations

import pkgutil

from pipeline.core.errors import ToolError


def script(name: str) -> str:
    """The text of ``<name>.py`` of this package, from a folder or from a zip file."""
    content = pkgutil.get_data(__name__, f"{name}.py")
    if content is None:
        raise ToolError(f"the pipeline lacks its own file {name}.py", "install it again")
    return content.decode("utf-8")
