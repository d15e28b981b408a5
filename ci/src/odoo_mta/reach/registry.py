"""A registry as the arguments of functions describe it."""

import dagger
from dagger import dag

from ..engine.commands import uncached

#: Where the containers of commands find what they are given.
_TOKEN, _AUTHORITIES = "/run/secrets/registry-token", "/opt/authorities.pem"


@dagger.object_type
class Registry:
    """A registry, and who logs in there. An empty field is as pipeline.toml says."""

    host: str = ""
    repository: str = ""
    username: str = ""
    token: dagger.Secret | None = None
    insecure: bool = False
    authorities: dagger.File | None = None

    async def run(self, container: dagger.Container, noun: str, verb: str, *arguments: str) -> str:
        """Run a command that talks to the registry, now and not from a cache."""
        options = [f"--registry={self.host}"] if self.host else []
        if self.repository:
            options.append(f"--repository={self.repository}")
        if self.username:
            options.append(f"--username={self.username}")
        if self.insecure:
            options.append("--insecure")
        if self.token is not None:
            container = container.with_mounted_secret(_TOKEN, self.token)
            options.append(f"--token-file={_TOKEN}")
        if self.authorities is not None:
            container = container.with_mounted_file(_AUTHORITIES, self.authorities)
            options.append(f"--ca-file={_AUTHORITIES}")
        return await uncached(container, [noun, verb, *options, *arguments])

    def pulled(self, image: str) -> dagger.Container:
        """A container of an image that the registry has."""
        container = dag.container()
        if self.username and self.token is not None:
            name = image.partition("@")[0]  # the address of a login is that of an image, by name
            container = container.with_registry_auth(name, self.username, self.token)
        return container.from_(image)
