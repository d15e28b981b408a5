"""Options that several commands share, declared once."""

from collections.abc import Callable
from typing import Any

#: What an option is added to: a command, before click makes it one. click looks at it while it
#: runs, so its parameters are none of mypy's business.
Decorated = Callable[..., Any]
