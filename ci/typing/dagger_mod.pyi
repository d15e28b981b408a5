"""What Dagger's decorators do to types, which the SDK's own annotations do not tell mypy.

`make types` puts it into the SDK as dagger/mod/__init__.pyi.
"""

from collections.abc import Callable
from typing import Any, Literal, TypeVar, dataclass_transform, overload

from dagger.mod._arguments import DefaultPath as DefaultPath
from dagger.mod._arguments import Ignore as Ignore
from typing_extensions import Doc as Doc

_C = TypeVar("_C", bound=type[Any])
_F = TypeVar("_F", bound=Callable[..., Any])

def check(function: _F) -> _F: ...
@overload
def function(function: _F) -> _F: ...
@overload
def function(*, cache: Literal["never", "session"]) -> Callable[[_F], _F]: ...
@dataclass_transform(kw_only_default=True)
def object_type(cls: _C) -> _C: ...

__all__ = ["DefaultPath", "Doc", "Ignore", "check", "function", "object_type"]
