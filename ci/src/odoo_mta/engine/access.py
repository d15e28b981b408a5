"""Logins for private repositories and package indexes, for as long as something is fetched."""

import dagger

#: Where git, ssh and pip look by themselves, if root runs them.
_NETRC, _KEY, _KNOWN_HOSTS = "/root/.netrc", "/root/.ssh/id_ed25519", "/root/.ssh/known_hosts"


@dagger.object_type
class Access:
    """The logins that a call was given; none by default.

    Attributes:
        netrc: user names and tokens by host, for git over HTTPS and for pip.
        git_key: a private SSH key, for git.
        git_known_hosts: the host keys of its servers; others are refused.
    """

    netrc: dagger.Secret | None = None
    git_key: dagger.Secret | None = None
    git_known_hosts: dagger.Secret | None = None

    def lend(self, container: dagger.Container) -> dagger.Container:
        """The container with the logins: in memory, and in no layer."""
        for _, path, secret in self._given():
            container = container.with_mounted_secret(path, secret, mode=0o400)
        return container

    def take_back(self, container: dagger.Container) -> dagger.Container:
        """The container after the commands that need the logins."""
        for _, path, _ in self._given():
            container = container.without_mount(path)
        return container

    def options(self) -> list[str]:
        """For the command that checks the logins of a container; empty without any."""
        return [f"--{name}={path}" for name, path, _ in self._given()]

    async def for_build(self) -> list[dagger.Secret]:
        """The secrets of a build, by the names that a Dockerfile mounts (`id=netrc`)."""
        return [
            dagger.dag.set_secret(name, await secret.plaintext())
            for name, _, secret in self._given()
        ]

    def _given(self) -> list[tuple[str, str, dagger.Secret]]:
        """Name, path and secret of each login that there is."""
        every = (
            ("netrc", _NETRC, self.netrc),
            ("git-key", _KEY, self.git_key),
            ("git-known-hosts", _KNOWN_HOSTS, self.git_known_hosts),
        )
        return [(name, path, secret) for name, path, secret in every if secret is not None]
