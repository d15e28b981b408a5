"""The program `docker`."""

from __future__ import annotations

import os
import sys

from docker_stand_in import compose
from docker_stand_in.containers import execute, start
from docker_stand_in.state import Refusal, State, load, note, save

#: All that a command of docker may know; a variable more, and the operator's shell would decide.
#: (This Python sets LC_CTYPE by itself.)
KNOWN = {"PATH", "HOME", "XDG_RUNTIME_DIR", "ODOO_IMAGE", "LC_CTYPE"}


def pull(state: State, words: list[str]) -> int:
    """With Docker's own login, which the stand-in does not look at."""
    if words[-1] not in state["registry"]:
        raise Refusal("stand-in: manifest unknown")
    state["images"][words[-1]] = state["registry"][words[-1]]
    return 0


def write_image(state: State, words: list[str]) -> int:
    import saved_images  # which takes longer than most calls

    old = int(state["docker"].split(".")[0]) < 25
    saved_images.write(sys.stdout.buffer, state["images"][words[-1]], words[-1], old)
    return 0


def read_image(state: State, words: list[str]) -> int:
    import saved_images

    image = saved_images.read(sys.stdin.buffer)
    state["images"][image] = image
    return 0


COMMANDS = {
    "exec": execute,
    "load": read_image,
    "pull": pull,
    "run": start,
    "save": write_image,
}


def main(home: str, argv: list[str]) -> int:
    """Do a command; gives its exit code."""
    # The pipeline names an image with every command; a person who types one does not.
    if "ODOO_IMAGE" in os.environ and (more := os.environ.keys() - KNOWN):
        print(f"stand-in: nobody may export {sorted(more)}", file=sys.stderr)
        return 1
    state, before = load(home), load(home)
    try:
        note(state, argv)
        if argv[0] == "compose":
            silent = ("--quiet", "--detach", "--no-deps", "--no-TTY")
            words = [word for word in argv[1:] if word not in silent]
            code = compose.COMMANDS[words[0]](state, words[1:])
        else:
            code = COMMANDS[argv[0]](state, argv[1:])
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    save(state, before)
    return code
