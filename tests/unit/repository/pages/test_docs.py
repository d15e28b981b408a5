"""The pages say what is: links lead somewhere, commands and options exist, errors are all there."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest

from dagger_module import calls, objects, problems
from doc_blocks import PAGES, ROOT, all_blocks
from pipeline.cli import tree
from pipeline.environment.operations.deploy import DEPLOY

GUIDE = ROOT / "docs" / "CI_CD_GUIDE.md"
#: What links into the guide have always pointed to.
ANCHORS = """
    overview key-features architecture pipeline-flow image-storage-strategy workflows
    1-ci-workflow-ciyml 2-build-uat-workflow-build-uatyml 3-deploy-uat-workflow-deploy-uatyml
    4-deploy-prod-workflow-deploy-prodyml 5-deploy-odoosh-workflow-deploy-odoo-shyml
    6-refresh-uat-from-prod-workflow-refresh-uat-from-prodyml setup--configuration
    1-github-secrets-required 2-vm-preparation 3-test-workflow-locally usage pr-workflow
    deploy-to-uat deploy-to-prod deploy-to-odoosh refresh-uat-from-prod troubleshooting
    ci-fails-coverage-below-80 ci-fails-coverage-regression
    uat-deployment-fails-health-check-timeout prod-deployment-manual-rollback-needed
    github-secrets-not-working docker-image-not-found odoosh-ssh-connection-fails
    monitoring--alerts check-workflow-status monitor-deployments backup-verification
    performance-notes typical-deployment-times resource-requirements next-steps
""".split()


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    found: set[str] = set()
    for line in without_code(page.read_text(encoding="utf-8")).splitlines():
        if match := re.match(r"#+ (.*)", line):
            words = re.sub(r"[^\w\- ]", "", match[1].strip().lower())
            found.add(words.replace(" ", "-"))
    return found


def words_after(command: str) -> list[tuple[str, list[str]]]:
    """What is called by a command in the pages' blocks: page, and the words that follow."""
    found = []
    for block in all_blocks():
        for line in block.text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            for number in range(len(words)):
                if " ".join(words[number:]).startswith(f"{command} "):
                    rest = words[number + len(command.split()) :]
                    stop = next((i for i, word in enumerate(rest) if word in "|;&&||"), len(rest))
                    found.append((block.page, rest[:stop]))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name) if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            lost.append(target)
    assert lost == []


def test_every_step_of_a_deployment_has_its_row_in_order() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    table = page.partition("## The steps")[2].partition("\n## ")[0]
    first = re.findall(r"^\| (`[^|]*`) \|", table, flags=re.M)
    rows = [name for cell in first for name in re.findall(r"`([a-z-]+)`", cell)]
    assert rows == [step.name for step in DEPLOY.steps]


def test_the_guide_keeps_its_anchors() -> None:
    assert set(ANCHORS) - anchors(GUIDE) == set()


def test_every_block_is_run_or_says_why_not() -> None:
    """One without a mark is run as it stands: that works for the pipeline's own commands alone."""
    for block in all_blocks():
        if block.mark == "":
            for line in block.text.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                assert not words or words[0] in (
                    "pipeline",
                    ".venv/bin/pipeline",
                ), f"{block}: mark it `<!-- engine -->` or `<!-- not run: why -->` ({line})"
        else:
            assert re.fullmatch(r"engine|not run: .+", block.mark), block


def test_the_functions_and_options_that_pages_call_exist() -> None:
    called = words_after("dagger call")
    assert len(called) > 10
    for page, words in called:
        if words[0] == "-m":
            words = words[2:]
        assert problems(words) == [], f"{page}: dagger call {' '.join(words)}"


def test_the_commands_and_options_that_pages_call_exist() -> None:
    called = [*words_after("pipeline"), *words_after(".venv/bin/pipeline")]
    assert len(called) > 5
    for page, words in called:
        name, command = tree.find(words)
        assert command is not None, f"{page}: pipeline {words}"
        options = {"--help"}
        for given in command.params:
            options |= {*given.opts, *given.secondary_opts}
        for word in words[len(name) :]:
            if word.startswith("-"):
                assert word.split("=")[0] in options, f"{page}: pipeline {words[0]} {word}"


def test_what_pages_mention_in_a_sentence_exists() -> None:
    for page in PAGES:
        text = without_code(page.read_text(encoding="utf-8"))
        for words in re.findall(r"`dagger call ([a-z][^`]+)`", text):
            last = calls(words.split())[-1]
            assert last.function.returns not in objects() or {*last.words} <= {"…"}, words


SCRIPTS = sorted((ROOT / "scripts/pipeline").rglob("*.py"))


@pytest.mark.parametrize(
    "path",
    [*(page for page in PAGES if page.name != "CHANGELOG.md"), *SCRIPTS],
    ids=lambda path: path.name,
)
def test_every_command_that_a_text_names_is_in_the_tree(path: Path) -> None:
    """Errors print commands to type, pages mention them: each must be there, letter for letter."""
    text = " ".join(path.read_text(encoding="utf-8").replace('"\n', "").split())
    for line in re.findall(r"(?:`|bin/)pipeline ([a-z][a-z -]*)", text):
        words = line.split()
        name, command = tree.find(words)
        assert command is not None, f"pipeline {' '.join(name)}"


def test_every_command_that_a_benchmark_runs_is_in_the_tree() -> None:
    """Nobody runs them every day."""
    script = (ROOT / "benchmarks" / "ci" / "script.sh").read_text(encoding="utf-8")
    script = script.replace('check "$name"', "check lint")
    found = re.findall(r'(?:^ *step \S+|"\$PIPELINE") ([a-z][a-z -]*)', script, flags=re.MULTILINE)
    assert len(found) >= 7
    for words in found:
        name, command = tree.find(words.split(" -")[0].split())
        assert command is not None and not isinstance(command, tree.CommandGroup), name


def test_the_targets_that_pages_make_exist() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", text, flags=re.MULTILINE))
    for page, words in words_after("make"):
        assert words[0] in targets, f"{page}: make {words[0]}"


def written(name: str) -> ModuleType:
    """The module of scripts/docs that writes a page."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / f"scripts/docs/{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["errors", "rooms", "settings", "series"])
def test_a_page_is_what_the_code_makes_of_it(name: str) -> None:
    module = written(name)
    made, page = module.page(), module.PAGE.read_text(encoding="utf-8")
    new = sorted(set(made.splitlines()) - set(page.splitlines()))
    old = sorted(set(page.splitlines()) - set(made.splitlines()))
    assert (new, old) == ([], []), "run `make docs`"
    assert made == page


def test_the_page_of_errors_has_them() -> None:
    made = written("errors").page()
    assert made.count("| 2 |") > 50 and "‹name› is not a project name" in made


def test_the_page_of_faults_names_tests_that_exist_and_all_that_break_deployments() -> None:
    named = set(re.findall(r"\btest_\w+", (ROOT / "docs" / "faults.md").read_text()))
    tests = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    there = {name for text in tests for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)}
    assert named <= there
    for subject in ("disks", "faults", "interrupted"):
        text = (ROOT / "tests" / "e2e" / f"test_deployment_{subject}.py").read_text()
        assert set(re.findall(r"^def (test_\w+)", text, re.MULTILINE)) <= named
