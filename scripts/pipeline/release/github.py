"""GitHub's API: creates a release, and lists a repository's settings."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import requests

from pipeline.core.console import one_line
from pipeline.core.errors import GitHubError
from pipeline.release.notes import Notes
from pipeline.release.repository import check_api, check_repository

_SILENCE = 20.0  # seconds without a byte
_WHOLE = 60.0  # seconds for an answer
_LARGEST = 4 * 1024 * 1024
_PER_PAGE = 100
_RIGHTS = "use a token that may write the repository's contents (`contents: write`)"
#: The fix; ``@`` stands for the permissions that the token needs.
_ADVICE = {
    401: "the token is wrong or has expired: create a new one",
    403: "@; if the message mentions a rate limit, wait",
    404: "check owner and name; @: GitHub hides what a token may not see",
    422: "push the commit first (`git push`), and check the tag's name and the rules for tags",
    429: "wait a few minutes, then run the same again",
}
_WRONG_PLACE = "check the address: it may be that of a proxy or another server"

#: A JSON object, as GitHub answers it: what is in it is not known before it was looked at.
Answer = dict[str, Any]


@dataclass(frozen=True)
class Release:
    """A release: its URL, and whether it existed before."""

    address: str
    existed: bool


class GitHub:
    """A repository on GitHub, reached with one token.

    Args:
        api: address of the API.
        repository: owner and name.
        token: kept out of every message.

    Raises:
        InputError: a URL to which no token should be sent, or an invalid repository name.
    """

    def __init__(self, api: str, repository: str, token: str) -> None:
        self.api = check_api(api)
        self.repository = check_repository(repository)
        self._token = token

    def release(self, notes: Notes) -> Release:
        """Create the release, unless this tag has one, which is left unchanged.

        Raises:
            GitHubError: it was not created; or the outcome is unknown, because the answer was lost.
        """
        if found := self._find(notes.tag):
            return Release(found, existed=True)
        body = {
            "tag_name": notes.tag,
            "target_commitish": notes.commit,
            "name": notes.tag,
            "body": notes.markdown(),
            "prerelease": notes.prerelease,
        }
        try:
            status, answer = self._ask("POST", "/releases", body)
        except GitHubError as error:  # did it arrive?
            return Release(self._after_silence(notes.tag, error), existed=False)
        if status == 201:
            return Release(_address(answer), existed=False)
        raise self._refused(status, answer, f"did not create the release {notes.tag}")

    def default_branch(self, rights: str) -> str:
        """The repository's default branch. Raises GitHubError when GitHub does not show it."""
        status, answer = self._ask("GET", "")
        if status != 200:
            raise self._refused(status, answer, "does not show the repository", rights)
        return str(answer.get("default_branch") or "main")

    def listed(self, path: str, key: str, rights: str) -> list[Answer]:
        """All entries of a list, over all its pages.

        Args:
            path: below the repository, such as ``/actions/secrets``.
            key: key of the entries in an answer.
            rights: permissions that the token needs, for the error.

        Raises:
            GitHubError: it was not listed, or not as GitHub lists it.
        """
        found: list[Answer] = []
        for page in range(1, 1000):
            status, answer = self._ask("GET", f"{path}?per_page={_PER_PAGE}&page={page}")
            if status != 200:
                raise self._refused(status, answer, f"did not list {path}", rights)
            part, total = answer.get(key), answer.get("total_count")
            if not isinstance(part, list) or not isinstance(total, int):
                break
            found += part
            if len(found) >= total or not part:
                return found
        raise GitHubError(f"{self.api} answers {path} in an unexpected format", _WRONG_PLACE)

    def _find(self, tag: str) -> str | None:
        """The URL of a tag's release; None when there is none."""
        status, answer = self._ask("GET", f"/releases/tags/{tag}")
        if status == 200:
            return _address(answer)
        if status == 404:
            self._require_repository()
            return None
        raise self._refused(status, answer, f"did not report whether there is a release {tag}")

    def _require_repository(self) -> None:
        """Distinguish a missing release from a missing or hidden repository: both are a 404."""
        self.default_branch(_RIGHTS)

    def _after_silence(self, tag: str, error: GitHubError) -> str:
        try:
            found = self._find(tag)
        except GitHubError:
            raise GitHubError(
                f"{error.message}; whether the release {tag} was created is unknown",
                "check the repository's releases, then run the same again: an existing one is kept",
            ) from error
        if found is None:
            raise GitHubError(f"{error.message}; the release {tag} was not created", error.fix)
        return found

    def _ask(self, method: str, path: str, body: Answer | None = None) -> tuple[int, Answer]:
        """Status and content of an answer.

        Raises:
            GitHubError: no answer, or one that is not GitHub's.
        """
        try:
            with requests.request(
                method,
                f"{self.api}/repos/{self.repository}{path}",
                json=body,
                auth=self._sign,
                timeout=_SILENCE,
                allow_redirects=False,  # the token is for this address only
                stream=True,
            ) as response:
                status, data = response.status_code, _read(response)
        except requests.RequestException as error:
            raise GitHubError(
                f"{self.api} does not answer ({type(error).__name__})",
                "check the address and the network, then run the same again",
            ) from error
        if status >= 500:
            raise GitHubError(
                f"{self.api} has an internal error ({status})",
                "see https://www.githubstatus.com, then run the same again",
            )
        try:
            content = json.loads(data)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise GitHubError(f"{self.api} answers {status} in an unexpected format", _WRONG_PLACE)
        return status, content

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        request.headers["Accept"] = "application/vnd.github+json"
        request.headers["X-GitHub-Api-Version"] = "2022-11-28"
        return request

    def _refused(
        self, status: int, answer: Answer, what: str, rights: str = _RIGHTS
    ) -> GitHubError:
        where = f"{self.api} {what} in {self.repository} ({status}{_own_words(answer)})"
        if 300 <= status < 400:
            return GitHubError(where, "the repository has moved: use its new owner and name")
        return GitHubError(where, _ADVICE.get(status, _WRONG_PLACE).replace("@", rights))


def _read(response: requests.Response) -> bytes:
    """The body, unless it is too large or comes too slowly."""
    started, data = time.monotonic(), b""
    for chunk in response.iter_content(65536):
        data += chunk
        if len(data) > _LARGEST or time.monotonic() - started > _WHOLE:
            raise GitHubError("the answer is too large or too slow", _WRONG_PLACE)
    return data


def _address(answer: Answer) -> str:
    address = answer.get("html_url")
    if not isinstance(address, str):
        raise GitHubError("the answer names no release", "check the repository's releases")
    return one_line(address, 300)


def _own_words(answer: Answer) -> str:
    """GitHub's error message, on one line."""
    details = answer.get("errors")
    said = [answer.get("message")]
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict):
            said.append(detail.get("message") or f"{detail.get('field')} {detail.get('code')}")
    words = ", ".join(one_line(str(text), 200) for text in said if text)
    return f": {words}" if words else ""
