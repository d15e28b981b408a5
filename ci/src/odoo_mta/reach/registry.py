"""A registry as the arguments of functions describe it."""

import dagger
from dagger import dag

from ..engine.commands import uncached

#: Paths of a command's inputs in its container.
_TOKEN, _AUTHORITIES = "/run/secrets/registry-token", "/opt/authorities.pem"


@dagger.object_type
class Registry:
    """A registry and its login. An empty field has its value from pipeline.toml."""

    host: str = ""
    repository: str = ""
    username: str = ""
    token: dagger.Secret | None = None
    insecure: bool = False
    authorities: dagger.File | None = None

    async def run(self, container: dagger.Container, noun: str, verb: str, *arguments: str) -> str:
        """Run a command that accesses the registry, uncached."""
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
            name = image.partition("@")[0]  # a login's address is an image's name
            container = container.with_registry_auth(name, self.username, self.token)
        return container.from_(image)
