"""Every function of the Dagger module, as the module itself lists them, and how a call ended.

Nothing is listed here but values for arguments that a call cannot do without: a new function joins
by itself.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bed_repository import Repository

ROOT = Path(__file__).parents[2]
#: Whoever has one of these reaches a machine, or would with other arguments.
_REACH = {"api", "host", "registry", "server"}
_VALUES = {
    "copy": ".",
    "image": "uat-latest",
    "kind": "sbom",
    "name": "odoo-care",
    "prod-image": "odoo:19.0",
    "run": "1",
    "uat-image": "odoo:19.0",
    "version": "1.2.3",
}
_TYPE = (
    "name kind fields { name args { name defaultValue type { kind } } type { ofType { name } } }"
)
_PATCH = """\
--- a/visit/models.py
+++ b/visit/models.py
@@ -9,4 +9,4 @@

     def greet(self):
         self.ensure_one()
-        return f"Hello {self.name}"
+        return "Good bye"
"""
_DOCKERFILE = "FROM odoo:19.0\nCOPY visit /mnt/extra-addons/visit\n"
#: One commit, the same wherever and whenever it is made.
_DATE = {"GIT_AUTHOR_DATE": "2026-01-05T12:00Z", "GIT_COMMITTER_DATE": "2026-01-05T12:00Z"}


@dataclass(frozen=True)
class Function:
    """A function: the words that call it, what it returns, and whether it reaches a machine."""

    words: tuple[str, ...]
    returns: str
    reaches: bool

    @property
    def name(self) -> str:
        """The words without their options."""
        return " ".join(word for word in self.words if not word.startswith("--"))


@dataclass(frozen=True)
class Outcome:
    """How a call ended: exit code, the files that it left, and how often it said which word.

    Numbers are left out, for they are times, and with them what tells a step of the cache.
    """

    code: int
    files: tuple[str, ...]
    words: Counter[str]
    text: str


def dagger(*arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run `dagger` on this project's module, without its progress."""
    return subprocess.run(
        ["dagger", "--silent", *map(str, arguments[:1]), "-m", str(ROOT), *map(str, arguments[1:])],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=1200,
    )


def functions(source: Path, shards: Path) -> tuple[Function, ...]:
    """All functions, each with the source and the arguments that it cannot do without."""
    values = {**_VALUES, "source": str(source), "shards": str(shards)}
    (start,) = (field for field in _fields("Query") if field["name"] == "odooMta")
    return tuple(_walk(start["type"]["ofType"]["name"], _options(start, values), values, False))


def _fields(kind: str) -> list[dict[str, Any]]:
    asked = dagger("query", stdin='{ __type(name: "%s") { %s } }' % (kind, _TYPE))
    assert asked.returncode == 0, asked.stderr
    return list(json.loads(asked.stdout)["__type"]["fields"])


def _walk(
    kind: str, before: tuple[str, ...], values: Mapping[str, str], reaches: bool
) -> Iterator[Function]:
    for field in _fields(kind):
        if field["name"] == "id":
            continue
        words = (*before, _dashed(field["name"]), *_options(field, values))
        far = reaches or bool(_REACH & {argument["name"] for argument in field["args"]})
        returns = field["type"]["ofType"]["name"]
        if returns == kind:
            continue  # what it returns has the same functions again
        if returns.startswith("OdooMta"):
            yield from _walk(returns, words, values, far)
        else:
            yield Function(words, returns, far)


def _options(field: Mapping[str, Any], values: Mapping[str, str]) -> tuple[str, ...]:
    """Its source, and whatever it needs. A KeyError: give a new argument a value above."""
    needed = []
    for argument in field["args"]:
        name = _dashed(argument["name"])
        must = argument["type"]["kind"] == "NON_NULL" and argument["defaultValue"] is None
        if must or name == "source":
            needed.append(f"--{name}={values[name]}")
    return tuple(needed)


def _dashed(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower()


def outcomes(those: tuple[Function, ...], place: Path) -> dict[str, Outcome]:
    """Call each once, two at a time; what they return as files goes below ``place``."""
    place.mkdir(parents=True)
    with ThreadPoolExecutor(2) as pool:
        ended = pool.map(lambda function: _outcome(function, place), those)
        return {function.name: outcome for function, outcome in zip(those, ended, strict=True)}


def _outcome(function: Function, place: Path) -> Outcome:
    target = place / function.name.replace(" ", "-")
    then: tuple[str, ...] = ()
    if function.returns in ("Directory", "File"):
        then = ("export", f"--path={target}")
    elif function.returns == "Container":
        # An exec that no call before had: the files of the container must be there for it.
        fresh = ("with-env-variable", "--name=CALL", f"--value={uuid.uuid4().hex}")
        then = (*fresh, "with-exec", "--args=sh,-c,ls -A . | sort", "stdout")
    ended = dagger("call", *function.words, *then)
    said = re.sub(r"\[traceparent:\S+", "", ended.stdout + ended.stderr).replace(str(place), "")
    files = sorted(path for path in (target, *target.rglob("*")) if path.is_file())
    words = Counter(_words(said))
    for file in files:
        words.update(_words(file.read_text(encoding="utf-8", errors="ignore")))
    names = tuple(file.relative_to(place).as_posix() for file in files)
    return Outcome(ended.returncode, names, words, said)


def _words(text: str) -> list[str]:
    """Its words. A table of other widths has the same ones, a hash has none."""
    return [word for word in re.findall(r"\b[A-Za-z]{3,}\b", text) if word != "cached"]


def differences(one: Mapping[str, Outcome], other: Mapping[str, Outcome]) -> dict[str, str]:
    """Where two rounds of calls ended otherwise, by function, with what the second said."""
    lost = {name: "not called" for name in one.keys() ^ other.keys()}
    for name in one.keys() & other.keys():
        first, second = one[name], other[name]
        if (first.code, first.files) != (second.code, second.files):
            lost[name] = f"{first.code} {first.files}, then {second.code} {second.files}"
            lost[name] += f"\n{second.text[-2000:]}"
        elif first.words != second.words:
            more, less = second.words - first.words, first.words - second.words
            lost[name] = f"says also {dict(more)}, no longer {dict(less)}"
    return lost


def shard(source: Path, place: Path) -> Path:
    """The reports of all shards of a source, which is one."""
    made = dagger(
        "call", "report", f"--source={source}", "--shard=1/1", "export", f"--path={place}/1"
    )
    assert made.returncode == 0, made.stderr
    return place


def whole_repository(path: Path) -> Repository:
    """A repository on which every function has something to do, byte for byte the same each time.

    It is what `init-project` makes, with a mutant and an image that is built in no time.
    """
    made = Repository.create(path)
    made.addon("visit")
    (path / "tests/mutants").mkdir(parents=True)
    made.write("tests/mutants/rude.patch", _PATCH)
    made.write("Dockerfile", _DOCKERFILE)
    new = dagger(
        "call", "init-project", f"--source={path}", "--name=odoo-care", "export", "--path", path
    )
    assert new.returncode == 0, new.stderr
    made.git("add", "--all")
    made.git("commit", "--quiet", "--message=Begin", environment={**os.environ, **_DATE})
    made.git("read-tree", "HEAD")  # an index without the times of the files on this disk
    return made
