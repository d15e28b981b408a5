"""Publish, promote and resolve in a real registry."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def commit(source, git_in) -> str:
    return git_in(source, "rev-parse", "HEAD")[:9]


@pytest.fixture
def pipeline(run_pipeline, registry, source):
    """Run a command on the registry: exit code and output; with JSON, the parsed answer."""

    def run(command, *arguments, ok=True, **named):
        code, text = run_pipeline(
            command, *arguments, "--source", source, *named.get("options", registry.options)
        )
        assert (code == 0) is ok, text
        return json.loads(text) if "json" in arguments else text

    return run


@pytest.fixture
def published(pipeline, make_image):
    """An image that is published as 1.0.0; what the command said."""
    return pipeline("image", "publish", make_image(b"layer"), "--format", "json")


def test_a_build_gets_three_tags_of_one_digest(published, registry, commit) -> None:
    tags = [f"uat-{commit}", "uat-v1.0.0", "uat-latest"]
    assert [one["reference"] for one in published["images"]] == [
        f"{registry.host}/team/app:{tag}" for tag in tags
    ]
    assert {one["digest"] for one in published["images"]} == {published["digest"]}
    assert {registry.digest(tag) for tag in tags} == {published["digest"]}


def test_the_table_shows_whole_references_and_digests(pipeline, make_image, registry) -> None:
    text = pipeline("image", "publish", make_image(b"layer"))
    digest = registry.digest("uat-latest")
    assert (
        sum(digest in line and f"{registry.host}/team/app:" in line for line in text.split("\n"))
        == 3
    )


def test_the_digest_does_not_tell_when_it_was_built(pipeline, make_image) -> None:
    """The commit's date is in it instead, so that the same commit published again is the same."""
    digests = {
        pipeline("image", "publish", make_image(b"layer", built=built), "--format", "json")[
            "digest"
        ]
        for built in ("2026-11-01T12:00:00Z", "2031-01-01T00:00:00.123Z", "1999-01-01T00:00:00Z")
    }
    assert len(digests) == 1


def test_publishing_again_says_what_the_tags_named_before(pipeline, make_image, published) -> None:
    again = pipeline("image", "publish", make_image(b"other layer"), "--format", "json")
    assert again["digest"] != published["digest"]
    assert {one["before"] for one in again["images"]} == {published["digest"]}


def test_a_dirty_source_is_published_as_such_and_never_as_the_latest(
    pipeline, make_image, source, registry, commit, published
) -> None:
    (source / "new.py").touch()
    text = pipeline("image", "publish", make_image(b"dirty"))
    assert "new.py; uat-latest was not moved" in text
    dirty = registry.digest(f"uat-{commit}-dirty")
    assert dirty == registry.digest("uat-v1.0.0-dirty") != published["digest"]
    assert registry.digest("uat-latest") == registry.digest("uat-v1.0.0") == published["digest"]


def test_documents_are_next_to_the_image_and_found_by_its_digest(
    pipeline, make_image, tmp_path, registry, git_in, source
) -> None:
    bill = tmp_path / "sbom.json"
    bill.write_text('{"bomFormat": "CycloneDX"}')
    results = tmp_path / "results"
    results.mkdir()
    step = {"step": "build", "status": "passed", "summary": "built", "advice": "", "seconds": 1.0}
    (results / "build.json").write_text(json.dumps({**step, "started": 1.0, "findings": []}))
    arguments = (make_image(b"layer"), "--sbom", bill, "--results", results, "--format", "json")
    digest = pipeline("image", "publish", *arguments)["digest"]
    assert pipeline("image", "document", digest, "sbom") == bill.read_text()
    statement = json.loads(pipeline("image", "document", digest, "provenance"))
    assert statement["subject"][0]["digest"]["sha256"] == digest.removeprefix("sha256:")
    source_of, settings = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert source_of["digest"]["gitCommit"] == git_in(source, "rev-parse", "HEAD")
    assert settings["name"] == "pipeline.toml" and len(settings["digest"]["sha256"]) == 64
    assert statement["predicate"]["runDetails"]["byproducts"] == [
        {"name": "build", "annotations": {"status": "passed", "summary": "built"}}
    ]
    shown = pipeline("image", "resolve", "uat-latest", "--format", "json")
    assert shown["beside"] == ["provenance", "sbom"] and shown["digest"] == digest


def test_a_document_that_is_not_there(pipeline, published) -> None:
    text = pipeline("image", "document", "uat-latest", "sbom", ok=False)
    assert "has no sbom" in text and "there is: provenance" in text


def test_a_document_of_another_image_is_refused(pipeline, registry, published, make_image) -> None:
    """Somebody moved the tag of a document to that of another image."""
    tags = registry.storage / "docker/registry/v2/repositories/team/app/_manifests/tags"
    old = next(tags.glob("*.provenance"))
    pipeline("image", "publish", make_image(b"other"))
    new = next(path for path in tags.glob("*.provenance") if path != old)
    link = new / "current/link"
    link.write_text((old / "current/link").read_text())
    text = pipeline("image", "document", "uat-latest", "provenance", ok=False)
    assert "it belongs to another image" in text


def test_failed_steps_are_not_published(pipeline, make_image, tmp_path, registry) -> None:
    step = {"step": "build", "status": "failed", "summary": "broken", "advice": "", "seconds": 1.0}
    (tmp_path / "build.json").write_text(json.dumps({**step, "started": 1.0, "findings": []}))
    text = pipeline("image", "publish", make_image(b"layer"), "--results", tmp_path, ok=False)
    assert "not published: build failed" in text
    assert registry.tags() == []


def test_prod_gets_the_digest_that_uat_ran(pipeline, published, registry) -> None:
    refused = pipeline("image", "promote", "1.0.0", ok=False)
    assert "UAT never ran" in refused and "prod-v1.0.0" not in registry.tags()
    attested = pipeline("image", "attest", "uat-v1.0.0", "--environment", "uat", "--format", "json")
    assert attested["image"].endswith(published["digest"])
    promoted = pipeline("image", "promote", "v1.0.0", "--format", "json")
    assert promoted["digest"] == published["digest"] == registry.digest("prod-v1.0.0")
    statement = json.loads(pipeline("image", "document", published["digest"], "ran-uat"))
    assert statement["predicate"]["environment"] == "uat"
    again = pipeline("image", "promote", "1.0.0", "--format", "json")
    assert again["images"][0]["before"] == published["digest"]  # twice is the same as once


def test_untested_images_only_on_demand(pipeline, published, registry) -> None:
    pipeline("image", "promote", "1.0.0", "--allow-untested")
    assert registry.digest("prod-v1.0.0") == published["digest"]


def test_prod_never_moves_and_its_version_is_taken(
    pipeline, published, make_image, registry, source, git_in
) -> None:
    pipeline("image", "promote", "1.0.0", "--allow-untested")
    git_in(source, "commit", "-q", "--allow-empty", "-m", "second")
    before = registry.tags()
    text = pipeline("image", "publish", make_image(b"other"), ok=False)
    assert "version 1.0.0 is in PROD with different content" in text
    assert registry.tags() == before
    pipeline("image", "publish", make_image(b"other"), "--version", "1.0.1")
    pipeline("image", "tag", "uat-v1.0.1", "uat-v1.0.0")  # by hand, against all advice
    text = pipeline("image", "promote", "1.0.0", "--allow-untested", ok=False)
    assert "version 1.0.0 is in PROD with different content" in text
    assert registry.digest("prod-v1.0.0") == published["digest"]


def test_a_tag_that_moved_is_named(pipeline, published, make_image, registry) -> None:
    expected = published["digest"]
    assert pipeline("image", "resolve", f"uat-latest@{expected}").strip().endswith(expected)
    moved = pipeline("image", "publish", make_image(b"other"), "--format", "json")["digest"]
    for arguments in (
        ("image", "resolve", "uat-latest", "--expect", expected),
        ("image", "resolve", f"uat-latest@{expected}"),
        ("image", "promote", "1.0.0", "--allow-untested", "--expect", expected),
    ):
        text = pipeline(*arguments, ok=False)
        assert f"moved: it names {moved}, expected was {expected}" in text
    assert "prod-v1.0.0" not in registry.tags()
    assert pipeline("image", "resolve", expected).strip().endswith(expected)


def test_the_latest_can_be_pointed_back(pipeline, published, make_image, registry) -> None:
    again = pipeline("image", "publish", make_image(b"other"), "--format", "json")
    latest = next(one for one in again["images"] if one["reference"].endswith("uat-latest"))
    back = pipeline("image", "tag", latest["before"], "uat-latest", "--format", "json")
    assert registry.digest("uat-latest") == published["digest"]
    assert back["images"][0]["before"] == again["digest"]


@pytest.mark.parametrize("tag", ["prod-v1.0.0", "latest", "sha256-abc.sbom"])
def test_no_other_tag_moves(pipeline, published, registry, tag) -> None:
    before = registry.tags()
    assert "not a UAT tag" in pipeline("image", "tag", "uat-latest", tag, ok=False)
    assert registry.tags() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("image", "resolve", "uat-v9.9.9"), "there is no"),
        (("image", "resolve", "sha256:" + "0" * 64), "there is no"),
        (("image", "promote", "9.9.9"), "there is no"),
        (("image", "promote", "latest"), "'latest' is not a version"),
        (("image", "promote", "1.0.0-dirty"), "is not a version"),
        (("image", "promote", "1.0.0", "--expect", "abc"), "is not a digest"),
        (("image", "promote", "1.0.0", "--keep", "0"), "--keep 0 would keep nothing"),
        (("image", "promote", "1.0.0", "--running", "uat-v8.8.8"), "there is no"),
        (("image", "promote", "1.0.0", "--running", "a b"), "is not a tag"),
        (("image", "attest", "uat-v9.9.9", "--environment", "uat"), "there is no"),
        (("image", "document", "uat-latest", "Sbom/.."), "is not a valid kind of document"),
        (("image", "resolve", "uat-latest", "--require", "ran-uat"), "has no ran-uat"),
        (("image", "publish", "/dev/null"), "/dev/null"),
    ],
)
def test_bad_input_changes_nothing(pipeline, published, registry, arguments, words) -> None:
    before = registry.tags()
    assert words in pipeline(*arguments, ok=False)
    assert registry.tags() == before


def test_an_unknown_tag_comes_with_those_that_there_are(pipeline, published, commit) -> None:
    text = pipeline("image", "resolve", "uat-v1.0", ok=False)
    assert f"existing ones: uat-{commit}, uat-latest, uat-v1.0.0" in text


def test_all_missing_credentials_are_named_at_once(
    pipeline, registry, make_image, tmp_path, monkeypatch
) -> None:
    monkeypatch.delenv("PIPELINE_REGISTRY_TOKEN", raising=False)
    empty = tmp_path / "empty"
    empty.write_text("\n")
    place = ["--registry", registry.host, "--repository", "team/app"]
    options = [*place, "--username", "", "--token-file", str(empty)]
    for arguments in (
        ("image", "publish", make_image(b"x")),
        (
            "image",
            "publish",
        ),
        ("image", "promote", "1.0.0"),
    ):
        text = pipeline(*arguments, options=options, ok=False)
        assert "needs a user name (--username) and a token (--token-file or" in text
    text = pipeline("image", "resolve", "x", options=[*place, "--username", "me"], ok=False)
    assert "needs a token" in text and "user name" not in text


def test_a_token_may_come_from_the_environment(pipeline, published, registry, monkeypatch) -> None:
    monkeypatch.setenv("PIPELINE_REGISTRY_TOKEN", registry.token)
    options = [option for option in registry.options if option != str(registry.folder / "token")]
    options.remove("--token-file")
    assert published["digest"] in pipeline("image", "resolve", "uat-latest", options=options)


def test_wrong_credentials_are_refused_and_never_shown(
    pipeline, registry, make_image, tmp_path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not-" + registry.token)
    options = [
        str(wrong) if "token" in str(option) and "/" in option else option
        for option in registry.options
    ]
    text = pipeline("image", "publish", make_image(b"layer"), options=options, ok=False)
    assert "it refuses the user 'tester' (401)" in text
    assert registry.token not in text
    assert registry.tags() == []


def test_nobody_publishes_what_nothing_names(run_pipeline, registry, make_image, tmp_path) -> None:
    (tmp_path / "plain").mkdir()
    code, text = run_pipeline(
        "image", "publish", make_image(b"layer"), "--source", tmp_path / "plain", *registry.options
    )
    assert code == 2 and "the source has no commit" in text
    assert registry.tags() == []


def test_the_repository_must_be_named(run_pipeline, source) -> None:
    code, text = run_pipeline("image", "resolve", "uat-latest", "--source", source)
    assert code == 2 and "set [image] repository in pipeline.toml" in text


def test_whether_publishing_can_begin(pipeline, registry, source) -> None:
    assert pipeline("image", "publish") == ""
    registry.kill()
    text = pipeline("image", "publish", ok=False)
    assert "the registry did not answer" in text
