"""What a path reveals about the file: how strictly its values are judged, and in which syntax."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

_INVENTED = re.compile(
    r"(?:^|/)(?:tests?|demo|examples?|samples?|fixtures?|doc|docs|testing|cassettes)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_tests?\.\w+|conftest\.py|demo[^/]*|[^/]*demo\.\w+)$"
    r"|[.-](?:example|sample|dist|template|tmpl|tpl|j2|md|rst|html|adoc)$"
    r"|\.(?:example|sample|template)\.\w+$|(?:^|/)commit message \w+$",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"\.(?:py|js|mjs|cjs|ts|tsx|jsx|java|go|rb|php|cs|c|h|cpp|rs|kt|swift|scala|vue)$"
)
_PROSE = re.compile(
    r"\.(?:md|rst|txt|html?|adoc|tex)$|(?:^|/)(?:README|CHANGES|HISTORY|commit message )[^/]*$"
)
_TRANSLATION = re.compile(
    r"\.(?:po|pot)$"
    r"|(?:^|/)(?:i18n|locales?|lang|languages|translations)/[^.]*\.(?:json|ya?ml|properties)$",
    re.IGNORECASE,
)
_SETTINGS = re.compile(
    r"(?:^|/)\.?(?:odoo|openerp)[^/]*(?:rc|conf|cfg|ini)$|\.(?:conf|cfg|ini|cnf)$"
    r"|(?:^|/)\.env(?:\.[\w-]+)?$|\.env$|(?:^|/)(?:docker-)?compose[^/]*\.ya?ml$"
    # not those with the texts of a program, one file for each language
    r"|(?:^|/)(?!messages|labels|strings|texts|[^/]*(?:Bundle|_[a-z]{2}(?:_[A-Z]{2})?)\.)"
    r"[^/]*\.properties$"
)
_ODOO = re.compile(r"(?:odoo|openerp)[^/]*(?:rc|conf|cfg|ini)$")
_LOCK = re.compile(
    r"(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|[\w.-]+\.lock"
    r"|go\.sum|composer\.lock)$"
)


@dataclass(frozen=True)
class FileKind:
    """The sort of a file.

    Attributes:
        invented: values are made up here: tests, demo data, examples, templates, prose.
        code: a programming language, where values are quoted.
        prose: text for people.
        translation: the texts of a program in one language, such as a gettext catalogue.
        settings: a file of settings, where even a weak password is in use.
        yaml: YAML, where a bare word may be many things.
        odoo: Odoo's own settings.
        lock: versions and checksums.
    """

    invented: bool = False
    code: bool = False
    prose: bool = False
    translation: bool = False
    settings: bool = False
    yaml: bool = False
    odoo: bool = False
    lock: bool = False


@functools.lru_cache(maxsize=4096)
def kind_of_file(path: str) -> FileKind:
    """The sort of the file at a path with ``/``."""
    return FileKind(
        invented=bool(_INVENTED.search(path)),
        code=bool(_CODE.search(path)),
        prose=bool(_PROSE.search(path)),
        translation=bool(_TRANSLATION.search(path)),
        settings=bool(_SETTINGS.search(path)),
        yaml=path.endswith((".yml", ".yaml")),
        odoo=bool(_ODOO.search(path)),
        lock=bool(_LOCK.search(path)),
    )
