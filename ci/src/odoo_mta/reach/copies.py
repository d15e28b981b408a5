"""The place of copies for laptops as the arguments of functions describe it."""

from dataclasses import dataclass

import dagger

#: The files with the login in the container.
_KEY, _KNOWN_HOSTS = "/opt/copies-ssh-key", "/opt/copies-known-hosts"


@dataclass(frozen=True)
class Copies:
    """A place, and the login of its SFTP server. An empty address is that of pipeline.toml."""

    address: str
    ssh_key: dagger.Secret | None
    known_hosts: dagger.Secret | None

    def reach(self, container: dagger.Container, option: str) -> tuple[dagger.Container, list[str]]:
        """The container with the login as files in memory, and the options that name it all."""
        options = [f"{option}={self.address}", "--in-container"]
        if self.ssh_key is not None:
            container = container.with_mounted_secret(_KEY, self.ssh_key, mode=0o400)
            options.append(f"--ssh-key={_KEY}")
        if self.known_hosts is not None:
            container = container.with_mounted_secret(_KNOWN_HOSTS, self.known_hosts, mode=0o400)
            options.append(f"--known-hosts={_KNOWN_HOSTS}")
        return container, options
