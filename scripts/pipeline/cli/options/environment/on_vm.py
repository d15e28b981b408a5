"""Commands for a VM that are started from elsewhere, checked before anything is contacted."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from itertools import takewhile

from pipeline.cli import tree
from pipeline.core.errors import InputError
from pipeline.remote.session import VmCommand


def on_vm(words: Sequence[str], files: Iterable[str] = ()) -> VmCommand:
    """A command of `pipeline environment`, as it is sent to a VM.

    Args:
        words: without the noun, such as ``("backup", "list", "--format", "json")``.
        files: options that are added on the VM, with the files of secrets.

    Raises:
        InputError: there is no such command, or it does not have such an option.
    """
    name, found = tree.find(("environment", *words))
    if not isinstance(found, tree.Command):
        raise InputError(
            f"`pipeline {' '.join(name)}` is not a command of a VM",
            "`pipeline environment --help` lists them",
        )
    given = [*takewhile(lambda word: word != "--", words), *files]
    known = {one for option in found.params for one in (*option.opts, *option.secondary_opts)}
    for one in (word.partition("=")[0] for word in given if word.startswith("--")):
        if one not in {*known, "--help"}:
            near = difflib.get_close_matches(one, known, 1)
            meant = f"did you mean `{near[0]}`? " if near else ""
            shown = f"pipeline {' '.join(name)}"
            raise InputError(
                f"`{shown}` has no option `{one}`", f"{meant}`{shown} --help` lists them"
            )
    return VmCommand(("environment", *words))
