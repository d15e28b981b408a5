"""Docker Hub's own API, for something its registry cannot do: delete a tag."""

from __future__ import annotations

from typing import Any

import requests

from pipeline.core.errors import RegistryError
from pipeline.core.references import DOCKER_HUB, Repository
from pipeline.image.registry.deletion import ByManifest, Deletion
from pipeline.image.registry.repository import Credentials, Registry

ADDRESS = "https://hub.docker.com"
_SECONDS = 60.0


def deletion(registry: Registry, address: str = ADDRESS) -> Deletion:
    """How tags of a registry are deleted; Docker Hub has its own way, for logged-in users."""
    credentials = registry.access.credentials
    if registry.repository.registry == DOCKER_HUB and credentials is not None:
        return Hub(registry.repository, credentials, address)
    return ByManifest(registry)


class Hub:
    """Deletion of tags on Docker Hub.

    Args:
        repository: the repository on Docker Hub.
        credentials: user name and access token.
        address: URL of the API.
    """

    def __init__(
        self, repository: Repository, credentials: Credentials, address: str = ADDRESS
    ) -> None:
        self._repository = repository
        self._credentials = credentials
        self._address = address.rstrip("/")
        self._session = requests.Session()
        self._logged_in = False

    def delete_tag(self, tag: str) -> bool:
        """Delete a tag; its manifest and the manifest's other tags stay.

        Raises:
            RegistryError: Docker Hub refuses, fails, or sends an invalid answer.
        """
        if not self._logged_in:
            user = {"identifier": self._credentials.username, "secret": self._credentials.token}
            answer = self._ask("log in", "POST", "/v2/auth/token", json=user)
            try:
                token = answer.json()["access_token"]
            except (ValueError, LookupError, TypeError) as error:
                raise self._error("log in", "its answer has no token") from error
            self._session.headers["Authorization"] = f"Bearer {token}"
            self._logged_in = True
        namespace, _, name = self._repository.name.rpartition("/")
        path = f"/v2/namespaces/{namespace}/repositories/{name}/tags/{tag}"
        self._ask(f"delete the tag {tag}", "DELETE", path)
        return True

    def _ask(self, action: str, method: str, path: str, **arguments: Any) -> requests.Response:
        try:
            answer = self._session.request(
                method, self._address + path, timeout=_SECONDS, allow_redirects=False, **arguments
            )
        except requests.RequestException as error:
            raise self._error(action, "it did not answer") from error
        if answer.status_code not in (200, 202, 204):
            raise self._error(action, f"it answered {answer.status_code}")
        return answer

    def _error(self, action: str, why: str) -> RegistryError:
        return RegistryError(
            f"Docker Hub: cannot {action} in {self._repository.name}: {why}",
            "check that the token may delete, and try again later; nothing depends on this",
        )
