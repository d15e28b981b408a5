"""The systemd units that make a copy every night. Pure.

The units run `dagger call … prod … publish-copy`, on a machine that may see raw data. Secrets are
credentials of the unit: files that only it can read, in memory while it runs.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from pipeline.core.errors import InputError

#: How long making a copy may take: nobody waits for it, and the next one begins after a day.
_HOURS = 8
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_PLAIN = re.compile(r"[A-Za-z0-9._/@:+-]+")


@dataclass(frozen=True)
class NightlyCopy:
    """What the units are made for.

    Attributes:
        project: name of the project.
        phrase: that confirms that PROD's data is read.
        at: time of day, as ``02:30``, of the machine's clock.
        user: the account that runs it; it may use Docker.
        directory: a clone of the repository, with its settings.
        dagger: path of the program.
        module: the pipeline, as of ``dagger call -m``.
        host: PROD's VM.
        login: who logs in there.
        place: where copies are put, as ``sftp://user@host/path``.
        registry_user: user of the registry; empty: images can be pulled without a login.
    """

    project: str
    phrase: str
    at: str
    user: str
    directory: str
    dagger: str
    module: str
    host: str
    login: str
    place: str
    registry_user: str = ""

    def __post_init__(self) -> None:
        if not _TIME.fullmatch(self.at):
            raise InputError(f"--at {self.at!r} is not a time of day", "give it as 02:30")
        given = {
            "--run-as": self.user,
            "--directory": self.directory,
            "--dagger": self.dagger,
            "--module": self.module,
            "--host": self.host,
            "--user": self.login,
            "--to": self.place,
            "--registry-user": self.registry_user or "-",
        }
        for option, value in given.items():
            if not _PLAIN.fullmatch(value):
                raise InputError(
                    f"{option} {value[:80]!r} is not valid",
                    "use letters, digits and any of . _ / @ : + -",
                )

    @property
    def name(self) -> str:
        """The name of both units."""
        return f"{self.project}-copy"

    @property
    def secrets_folder(self) -> str:
        """The folder with a file for each of :attr:`secrets`."""
        return f"/etc/{self.name}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets, as in docs/secrets.md."""
        names = ["PROD_VM_SSH_KEY", "PROD_VM_KNOWN_HOSTS"]
        names += ["ANONYMIZATION_REPORT_KEY", "TESTERS_PASSWORD"]
        names += ["DOCKER_HUB_TOKEN"] if self.registry_user else []
        return (*names, "COPIES_SSH_KEY", "COPIES_KNOWN_HOSTS")

    @property
    def command(self) -> list[str]:
        """What the service runs. ``%d`` is the folder of its credentials."""
        words = [self.dagger, "--progress=plain", "call", "-m", self.module, "prod", "--source=."]
        words += [f"--host={self.host}", f"--user={self.login}"]
        words += ["--ssh-key=file:%d/PROD_VM_SSH_KEY"]
        words += ["--known-hosts=file:%d/PROD_VM_KNOWN_HOSTS"]
        if self.registry_user:
            words += ["with-registry", f"--username={self.registry_user}"]
            words += ["--token=file:%d/DOCKER_HUB_TOKEN"]
        words += ["publish-copy", f"--confirm={self.phrase}"]
        words += ["--report-key=file:%d/ANONYMIZATION_REPORT_KEY"]
        words += ["--testers-password=file:%d/TESTERS_PASSWORD"]
        words += [f"--place={self.place}", "--place-key=file:%d/COPIES_SSH_KEY"]
        return [*words, "--place-known-hosts=file:%d/COPIES_KNOWN_HOSTS"]

    def service(self) -> str:
        """The unit that makes one copy. (%d needs systemd 250.)"""
        loaded = "".join(
            f"LoadCredential={one}:{self.secrets_folder}/{one}\n" for one in self.secrets
        )
        return f"""[Unit]
Description=Copy of {self.project}'s PROD for laptops, anonymized
Wants=network-online.target
After=network-online.target docker.service

[Service]
Type=oneshot
User={self.user}
WorkingDirectory={self.directory}
Environment=DAGGER_NO_NAG=1
Nice=10
TimeoutStartSec={_HOURS}h
{loaded}ExecStart={shlex.join(self.command)}
"""

    def timer(self) -> str:
        """The unit that starts it every night; a night that the machine slept through, later."""
        return f"""[Unit]
Description=Every night, a copy of {self.project}'s PROD for laptops

[Timer]
OnCalendar=*-*-* {self.at}:00
RandomizedDelaySec=10m
Persistent=true

[Install]
WantedBy=timers.target
"""
