"""In every process of the pipeline on the VM: a signal for it at the n-th action of a step.

An action is what leaves a trace outside: a file that is opened to write, renamed or removed, a
program that is started, a connection. The last one of each step is the line of the journal that
says that it is done, so there is always one. Loaded by a `.pth` file while there is a plan.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any

import bed_socket
import bed_where

_ALWAYS = {
    "os.chmod",
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.truncate",
    "os.utime",
    "socket.connect",
    "subprocess.Popen",
}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Hook:
    """Counts the actions of each place, and acts at the one that is wanted."""

    def __init__(self, plan: bed_where.Plan) -> None:
        self.plan, self.busy, self.count = plan, False, 0
        self.last: bed_where.Place | None = None
        self.main = threading.main_thread()

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called by the interpreter before whatever it announces."""
        if self.busy or not self._is_action(event, arguments):
            return
        self.busy = True
        try:
            self._look()
        finally:
            self.busy = False

    def _is_action(self, event: str, arguments: tuple[Any, ...]) -> bool:
        if event == "open":
            flags = arguments[2]
            if not isinstance(flags, int) or not flags & _WRITES:
                return False
        elif event not in _ALWAYS:
            return False
        return threading.current_thread() is self.main

    def _look(self) -> None:
        told = bed_where.events(self.plan["home"], self.plan["known"])
        place = bed_where.place(told, self.plan["resumed"])
        if place is None:
            return
        self.count = self.count + 1 if place == self.last else 1
        self.last = place
        with open(f"{bed_where.FOLDER}/actions", "a") as file:
            file.write(f"{place[0]} {place[1]}\n")
        for stop in self.plan["stops"]:
            if place == (stop["event"], stop["step"]) and self.count == stop["action"]:
                self.plan["stops"].remove(stop)
                self._act(stop["signal"])
                return

    def _act(self, name: str) -> None:
        with open(f"{bed_where.FOLDER}/acted", "a") as file:
            file.write(f"{name} {self.last}\n")
        if name == "STOP":
            with open(f"{bed_where.FOLDER}/reached.new", "w") as file:
                file.write(str(os.getpid()))
            os.rename(f"{bed_where.FOLDER}/reached.new", f"{bed_where.FOLDER}/reached")
        os.kill(os.getpid(), getattr(signal, f"SIG{name}"))


def arm() -> None:
    """Watch this process, when it is one of the pipeline."""
    plan = bed_where.plan()
    if plan is None:
        return
    with open("/proc/self/cmdline") as file:
        if ".pyz" in file.read() or "BED_FOLDER" in os.environ:
            hook = Hook(plan)
            bed_socket.watch(hook)
            sys.addaudithook(hook)


arm()
