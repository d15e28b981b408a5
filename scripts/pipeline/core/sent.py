"""Programs that run where this package is not: on a bare VM, in an Odoo container.

They stand in folders of their own, use the standard library alone, and are sent over as text.
"""

from __future__ import annotations

import pkgutil
from types import ModuleType

from pipeline.core.errors import ToolError


def script(folder: ModuleType, name: str) -> str:
    """The text of ``<name>.py`` of a package, be it a folder or in a zip file."""
    content = pkgutil.get_data(folder.__name__, f"{name}.py")
    if content is None:
        raise ToolError(f"the pipeline lacks its own file {name}.py", "install it again")
    return content.decode("utf-8")
