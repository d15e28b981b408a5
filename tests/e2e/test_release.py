"""`dagger call release`: notes, versions, doctor, on a repository made for the purpose."""

from __future__ import annotations

WORKFLOW = """
    on:
      workflow_dispatch:
        inputs:
          version:
            type: choice
            options:
              # versions: begin
              - v0.1.0
              # versions: end
"""


def test_notes_and_choices(call, repository, tmp_path) -> None:
    path = ".github/workflows/deploy-prod.yml"
    repository.write(path, WORKFLOW)
    repository.addon("visit")
    repository.commit("Visits")
    repository.git("tag", "v0.2.0")
    repository.write("visit/README.md", "Visits\n")
    repository.commit("What visits are (#3)")

    said = call("release", "--source", repository.path, "create", "--version", "0.3.0").out
    assert "What visits are (#3)" in said and "## 1 commit since v0.2.0" in said
    assert "dry run: nothing was created" in said
    assert "does not offer the newest versions" in said

    target = tmp_path / "new.yml"
    call("release", "--source", repository.path, "versions", "export", "--path", target)
    assert "      - v0.2.0\n" in target.read_text(encoding="utf-8")
    assert "v0.1.0" not in target.read_text(encoding="utf-8")


def test_a_release_needs_a_token_and_a_repository(call, repository) -> None:
    repository.addon("visit")
    repository.commit()
    release = ["release", "--source", repository.path]
    wanted = ["create", "--version", "1.0", "--dry-run=false"]
    assert "is not a repository on GitHub" in call(*release, *wanted, ok=False).out
    release += ["--repository", "a/b"]
    assert "GitHub needs a token" in call(*release, *wanted, ok=False).out
    assert "GitHub needs a token" in call(*release, "doctor", ok=False).out
