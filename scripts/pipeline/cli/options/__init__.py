"""Options that several commands share, declared once."""

from collections.abc import Callable
from typing import Any

#: A command's function, before click turns it into a command. Its parameters are matched by click
#: at run time, so mypy cannot check them.
Decorated = Callable[..., Any]
