"""Programs that run where this package is not installed: on a bare VM, in an Odoo container.

They are in folders of their own, use only the standard library, and are sent as text.
"""

from __future__ import annotations

import pkgutil
from types import ModuleType

from pipeline.core.errors import ToolError


def script(folder: ModuleType, name: str) -> str:
    """The text of ``<name>.py`` of a package, in a folder or a zip file."""
    content = pkgutil.get_data(folder.__name__, f"{name}.py")
    if content is None:
        raise ToolError(f"the pipeline lacks its own file {name}.py", "install it again")
    return content.decode("utf-8")
