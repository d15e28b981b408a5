"""The client's side: upload the pipeline to the VM, run a command there, survive a bad network."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NewType

from pipeline.core import limits
from pipeline.core.errors import ConnectionLost, PipelineError, SshError, ToolError
from pipeline.core.process import ISOLATED
from pipeline.core.sent import script
from pipeline.remote import package, sent
from pipeline.remote.ssh import Answer, Connection, connect_ssh
from pipeline.remote.target import SshTarget

#: Neither the login's variables nor the user's packages affect what runs on the VM.
_PYTHON = ("python3", *ISOLATED)
_OLDEST = (3, 10)
#: Pause between two attempts after a lost connection.
_PAUSE_SECONDS = 3.0

Write = Callable[[bytes], None]
#: The words of a command of the pipeline, as they are on a VM: whoever makes one has looked it up.
VmCommand = NewType("VmCommand", tuple[str, ...])


@dataclass
class Session:
    """Commands on one VM.

    Attributes:
        target: the VM.
        write: receives the commands' output as it is printed.
        note: receives events of the connection, one line each.
        again_seconds: how long a lost connection is retried.
        round_trips: commands sent over SSH so far.
    """

    target: SshTarget
    write: Write
    note: Callable[[str], None]
    again_seconds: float = limits.AGAIN
    round_trips: int = field(default=0)

    def plain(self, command: VmCommand, folder: PurePosixPath, sent: bytes = b"") -> Answer:
        """Run a read-only command: it ends with the connection.

        Args:
            command: command of the pipeline with its options.
            folder: working directory on the VM.
            sent: its standard input.
        """
        kept = io.BytesIO()

        def listen(data: bytes) -> None:
            kept.write(data)
            self.write(data)

        with connect_ssh(self.target) as connection:
            program = self._program(connection)
            inside = ["env", f"--chdir={folder}", *program, *command]
            answer = self._run(connection, inside, sent, listen)
            return Answer(answer.code, kept.getvalue(), answer.err)

    def ask(self, command: VmCommand, folder: PurePosixPath) -> bytes:
        """The output of a read-only command. Raises ToolError when it fails."""
        with connect_ssh(self.target) as connection:
            program = self._program(connection)
            answer = self._run(
                connection, ["env", f"--chdir={folder}", *program, *command], b"", None
            )
        if answer.code:
            raise ToolError(
                f"`{' '.join(command[:3])}` fails on {self.target.name}:\n{answer.err.strip()}",
                "run it separately to find out why",
            )
        return answer.out

    def lasting(
        self,
        identity: str,
        command: VmCommand,
        secrets: Mapping[str, str],
        folder: PurePosixPath,
    ) -> Answer:
        """Run a command that keeps running on the VM, whatever happens here; follow it to its end.

        Args:
            identity: name of the job.
            command: command of the pipeline with its options.
            secrets: options whose values become files in the VM's memory.
            folder: working directory on the VM.

        Raises:
            ConnectionLost: the VM did not come back in time; the command may still be running
                there.
        """
        request = {"id": identity, "command": [*command], "cwd": str(folder)}
        sent = json.dumps({**request, "secrets": dict(secrets)}).encode()
        return self._follow(identity, ["start"], sent, 0)

    def attach(self, identity: str) -> Answer:
        """Follow a job that was started earlier, from its beginning. Empty: the newest."""
        return self._follow(identity, ["follow", identity], b"", 0)

    def _follow(self, identity: str, command: list[str], sent: bytes, seen: int) -> Answer:
        def listen(data: bytes) -> None:
            nonlocal seen
            seen += len(data)
            self.write(data)

        deadline = None
        while True:
            try:
                with connect_ssh(self.target) as connection:
                    program = self._program(connection)
                    if deadline is None and not seen and identity:
                        self.note(f"{self.target.name}: job {identity}")
                    deadline = None
                    return self._run(
                        connection, [*program, "remote", "job", *command], sent, listen
                    )
            except (ConnectionLost, SshError) as error:
                if deadline is None and isinstance(error, SshError):
                    raise  # it never answered: a wrong name, a wrong key
                deadline = deadline or time.monotonic() + self.again_seconds
                self._wait(error, deadline, identity)
            if seen:  # it was started
                command, sent = ["follow", identity, "--offset", str(seen)], b""

    def _wait(self, error: PipelineError, deadline: float, identity: str) -> None:
        if time.monotonic() > deadline:
            raise ConnectionLost(
                f"{error.message}, and could not be restored",
                "what was started keeps running on the VM: `remote run … -- attach`"
                + (f" {identity}" if identity else ""),
            ) from error
        self.note(f"{error.message}; trying again")
        time.sleep(_PAUSE_SECONDS)

    def _program(self, connection: Connection) -> list[str]:
        """The command that runs exactly this version on the VM; uploads it if it is missing."""
        content = package.build()
        name = package.digest(content)
        receive = [*_PYTHON, "-c", script(sent, "receive_package"), name]
        found = self._run(connection, receive, b"", None)
        if found.code:
            raise ToolError(
                f"{self.target.name} has no Python 3: {found.err.strip()}",
                "install it there: `sudo apt-get install python3`",
            )
        said = json.loads(found.out)
        if tuple(said["python"]) < _OLDEST:
            version = ".".join(map(str, said["python"]))
            raise ToolError(
                f"{self.target.name} has Python {version}", "Python 3.10 or newer is needed there"
            )
        if not said["there"]:
            received = self._run(connection, receive, content, None)
            if received.code:
                raise ToolError(
                    f"the pipeline cannot be copied to {self.target.name}: {received.err.strip()}",
                    "check disk space and permissions of the user's home directory there",
                )
        return [*_PYTHON, said["path"]]

    def _run(
        self, connection: Connection, argv: Sequence[str], sent: bytes, listen: Write | None
    ) -> Answer:
        self.round_trips += 1
        return connection.run(argv, sent, None if listen else limits.ANSWER, listen)
