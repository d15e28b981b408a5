"""``pipeline release create``: a release on GitHub, with notes."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.form import format_option
from pipeline.cli.options.github import TOKEN_VARIABLE, github_options, repository_of, token_of
from pipeline.cli.options.step import source_option
from pipeline.core.errors import InputError
from pipeline.core.settings import Settings, load
from pipeline.core.versions import check_version
from pipeline.release import versions
from pipeline.release.github import GitHub
from pipeline.release.notes import Notes, collect_notes
from pipeline.release.repository import check_api, check_repository


@tree.command()
@source_option
@click.option("--version", default="", help="Version; without it, [image] version.")
@github_options
@click.option(
    "--dry-run/--publish",
    default=True,
    show_default=True,
    help="Only show the notes; or create the release, and its tag if missing.",
)
@format_option
def command(
    source: Path,
    version: str,
    repository: str,
    api: str,
    token_file: Path | None,
    dry_run: bool,
    form: str,
) -> None:
    """Create a GitHub release, with the changed add-ons and the commits since the last one. An
    existing release is left as it is.
    """
    settings = load(source)
    wanted = _version(version, settings)
    check_api(api)
    place = _place(source, repository, required=not dry_run)
    token = token_of(token_file)
    if not dry_run and not token:
        raise InputError(
            f"GitHub needs a token (--token-file or {TOKEN_VARIABLE})",
            "use one that may write the repository's contents; or try --dry-run first",
        )
    notes = collect_notes(source, settings, wanted)
    state, address = "dry run: nothing was created", None
    if not dry_run:
        release = GitHub(api, place, token).release(notes)
        state = "exists already, and was left as it is" if release.existed else "made"
        address = release.address
    if form == "json":
        click.echo(_as_json(notes, place, state, address))
        return
    click.echo(notes.markdown())
    click.echo(f"{notes.tag} of {notes.commit[:9]}: {state}" + (f": {address}" if address else ""))
    if _is_stale(source, settings):
        click.echo(f"{versions.WORKFLOW} does not offer the newest versions: {versions.REFRESH}")


def _version(given: str, settings: Settings) -> str:
    version = given or settings.image.version
    if not version:
        raise InputError(
            "the version to release is not set",
            "pass --version, or set [image] version in pipeline.toml",
        )
    return check_version(version)


def _place(source: Path, given: str, required: bool) -> str:
    named = repository_of(source, given)
    if named or required:
        check_repository(named)
    return named


def _is_stale(source: Path, settings: Settings) -> bool:
    workflow = versions.read(source)
    if workflow is None:
        return False
    return versions.refreshed(workflow, versions.versions(source, settings.image.version)) != (
        workflow
    )


def _as_json(notes: Notes, repository: str, state: str, address: str | None) -> str:
    return json.dumps(
        {
            "tag": notes.tag,
            "commit": notes.commit,
            "previous": notes.previous and f"v{notes.previous}",
            "repository": repository,
            "state": state,
            "address": address,
            "notes": notes.markdown(),
        },
        indent=2,
    )
