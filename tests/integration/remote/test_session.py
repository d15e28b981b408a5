"""Commands on a machine: brought along, going on without us, followed to their true end."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from pipeline.core.errors import ConnectionLost, Killed, SshError, ToolError
from pipeline.remote import package, session
from pipeline.remote.session import Session
from pipeline.remote.target import SshTarget

#: The pipeline, and a command that counts: it is slow, and says what it does.
MAIN = """
import sys, time
if sys.argv[1:3] == ["remote", "job"]:
    from pipeline.cli.main import main
    main()
elif sys.argv[1] == "count":
    for number in range(int(sys.argv[2])):
        print(number, flush=True)
        time.sleep(0.1)
    sys.exit(int(sys.argv[3]))
elif sys.argv[1] == "tell":
    print(open(sys.argv[sys.argv.index("--token-file") + 1]).read()[::-1])
    print(open("/proc/self/cmdline").read().split(chr(0)))
"""


@pytest.fixture(autouse=True)
def counting_package(monkeypatch) -> None:
    with zipfile.ZipFile(io.BytesIO(package.build())) as whole:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name in whole.namelist():
                if name.startswith(("pipeline/", "click/", "rich/")):
                    archive.writestr(name, whole.read(name))
            archive.writestr("__main__.py", MAIN)
    content = stream.getvalue()
    monkeypatch.setattr(package, "build", lambda: content)


@pytest.fixture
def heard() -> io.BytesIO:
    return io.BytesIO()


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def talk(machine, heard, notes, monkeypatch) -> Session:
    monkeypatch.setattr(session, "_PAUSE_SECONDS", 0.1)
    aim = SshTarget(
        "uat", "127.0.0.1", "ubuntu", machine.key_file, machine.known_hosts, machine.port
    )
    return Session(aim, heard.write, notes.append, again_seconds=20)


def jobs(machine) -> Path:
    return machine.home / ".local/state/odoo-pipeline"


def home(machine) -> PurePosixPath:
    return PurePosixPath(machine.home)


def numbers(count: int) -> bytes:
    return "".join(f"{number}\n" for number in range(count)).encode()


def test_the_package_is_brought_once(machine, talk, heard) -> None:
    assert talk.plain(["count", "2", "0"], home(machine)).code == 0
    first = talk.round_trips
    assert talk.plain(["count", "3", "4"], home(machine)).code == 4
    assert (first, talk.round_trips - first) == (3, 2)
    assert heard.getvalue() == numbers(2) + numbers(3)
    (link,) = machine.home.glob(".local/share/odoo-pipeline/pipeline.pyz")
    assert link.resolve().stem == package.digest(package.build())


def test_only_the_newest_packages_stay(machine, talk, monkeypatch) -> None:
    for number in range(7):
        content = package.build() + b"\0" * (number + 1)  # a zip file may have a tail
        with monkeypatch.context() as context:
            context.setattr(package, "build", lambda content=content: content)
            talk.plain(["count", "0", "0"], home(machine))
    folder = machine.home / ".local/share/odoo-pipeline"
    assert len([file for file in folder.glob("*.pyz") if not file.is_symlink()]) == 5
    assert (folder / "pipeline.pyz").exists()


def test_a_lasting_command_ends_with_its_own_exit_code(machine, talk, heard, notes) -> None:
    answer = talk.lasting("job-1", ["count", "5", "12"], {}, home(machine))
    assert (answer.code, heard.getvalue()) == (12, numbers(5))
    assert notes == [f"{talk.target.name}: job job-1"]


def test_a_cut_connection_changes_nothing(machine, talk, heard, notes) -> None:
    left = [numbers(1), numbers(10)]  # what was heard when the connection is cut

    def write(data: bytes) -> None:
        heard.write(data)
        if left and len(heard.getvalue()) >= len(left[0]):
            left.pop(0)
            machine.cut()

    talk.write = write
    answer = talk.lasting("job-2", ["count", "40", "0"], {}, home(machine))
    assert (answer.code, heard.getvalue()) == (0, numbers(40))
    assert sum("trying again" in note for note in notes) >= 2
    assert len(list(jobs(machine).iterdir())) == 1


def test_a_request_that_arrived_is_not_done_twice(machine, talk, heard) -> None:
    first = threading.Timer(0.8, machine.cut)
    first.start()
    answer = talk.lasting("job-3", ["count", "20", "0"], {}, home(machine))
    assert answer.code == 0
    assert heard.getvalue().endswith(b"19\n")
    again = talk.lasting("job-3", ["count", "20", "0"], {}, home(machine))
    assert again.code == 0
    assert len(list(jobs(machine).iterdir())) == 1


def test_a_client_that_gives_up_can_attach_later(machine, talk, heard, monkeypatch) -> None:
    impatient = Session(talk.target, heard.write, lambda text: None, again_seconds=0)

    def cut(data: bytes) -> None:
        machine.cut()

    impatient.write = cut
    with pytest.raises(ConnectionLost, match="could not be restored") as raised:
        impatient.lasting("job-4", ["count", "20", "7"], {}, home(machine))
    assert "attach` job-4" in raised.value.fix
    for identity in ("", "job-4"):
        heard.seek(0)
        heard.truncate()
        answer = talk.attach(identity)
        assert (answer.code, heard.getvalue()) == (7, numbers(20))


def test_secrets_are_in_no_command_and_no_file(machine, talk, heard) -> None:
    secret = "-----BEGIN\nline two\tü\n"
    answer = talk.lasting("job-5", ["tell"], {"--token-file": secret}, home(machine))
    assert answer.code == 0
    printed = heard.getvalue().decode()
    assert secret[::-1] in printed
    assert "/proc/self/fd/" in printed
    assert not [command for command in machine.commands if "line two" in command]
    places = [*jobs(machine).rglob("*"), *Path("/dev/shm").glob("odoo-pipeline-*")]
    told = jobs(machine) / "job-5" / "output"
    assert told in places
    assert not [
        place
        for place in places
        if place.is_file() and place != told and "line two" in place.read_text(errors="replace")
    ]


def test_a_killed_command_is_told_from_one_that_ended(machine, talk) -> None:
    def kill(data: bytes) -> None:
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = process.read_bytes().split(b"\0")
            except OSError:
                continue
            if b"count" in words and str(machine.home).encode() in b"".join(words):
                os.kill(int(process.parent.name), signal.SIGKILL)

    talk.write = kill
    answer = talk.lasting("job-6", ["count", "100", "0"], {}, home(machine))
    assert answer.code == Killed.exit_code
    assert "job job-6 was killed by signal 9" in answer.err


def test_a_worker_that_died_with_its_command(machine, talk) -> None:
    def kill(data: bytes) -> None:
        worker = json.loads((jobs(machine) / "job-7" / "worker.json").read_text())["pid"]
        os.killpg(os.getpgid(worker), signal.SIGKILL)

    talk.write = kill
    answer = talk.lasting("job-7", ["count", "100", "0"], {}, home(machine))
    assert answer.code == Killed.exit_code
    assert "died with its worker" in answer.err


def test_what_cannot_be_started(machine, talk) -> None:
    answer = talk.lasting("job-8", ["count", "1", "0"], {}, PurePosixPath("/nowhere"))
    assert answer.code == 2
    assert "run `prepare` first" in answer.err
    answer = talk.lasting("../8", ["count", "1", "0"], {}, home(machine))
    assert "not a valid job id" in answer.err
    assert "there is no job other" in talk.attach("other").err


def test_a_wrong_machine_is_not_tried_again(machine, talk, notes) -> None:
    machine.stop()
    with pytest.raises(SshError, match="cannot be reached"):
        talk.lasting("job-9", ["count", "1", "0"], {}, home(machine))
    assert notes == []


def test_a_machine_without_a_suitable_python(machine, talk) -> None:
    tools = machine.home / "bin"
    tools.mkdir()
    fake = tools / "python3"
    real_path = os.environ["PATH"]

    def use(script: str) -> None:
        fake.write_text(f"#!/bin/sh\n{script}\n")
        fake.chmod(0o755)

    os.environ["PATH"] = f"{tools}:{real_path}"
    try:
        use("""echo '{"python": [3, 9, 2], "path": "x", "there": true}'""")
        with pytest.raises(ToolError, match="has Python 3.9.2"):
            talk.plain(["count", "1", "0"], home(machine))
        use("echo 'python3: not found' >&2; exit 127")
        with pytest.raises(ToolError, match="has no Python 3: python3: not found"):
            talk.plain(["count", "1", "0"], home(machine))
        use("""[ "$2" = "${2#*RECEIVE}" ] && grep -q . && { echo 'no space' >&2; exit 1; }
echo '{"python": [3, 13, 0], "path": "x", "there": false}'""")
        with pytest.raises(ToolError, match="cannot be copied to .*: no space"):
            talk.plain(["count", "1", "0"], home(machine))
    finally:
        os.environ["PATH"] = real_path
