"""Rules on the manifest alone: known keys, none twice, each of its type."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from pipeline.check.manifests.source import ManifestSource
from pipeline.core.results import Finding
from pipeline.core.wording import closest

Test = Callable[[Any], bool]

#: Lists of files that Odoo loads, today or in one of the older series.
DATA_KEYS = ("data", "demo", "demo_xml", "init_xml", "update_xml", "test")
#: Directives of an asset bundle and how many arguments follow each.
ASSET_DIRECTIVES = {
    "include": 1,
    "remove": 1,
    "prepend": 1,
    "append": 1,
    "before": 2,
    "after": 2,
    "replace": 2,
}


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def is_asset(value: Any) -> bool:
    """Whether a value is an entry of an asset bundle: a path, or a directive and its arguments."""
    if isinstance(value, str):
        return True
    return _is_list(value) and bool(value) and ASSET_DIRECTIVES.get(value[0]) == len(value) - 1


def _is_assets(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(bundle, str)
        and isinstance(entries, (list, tuple))
        and all(is_asset(entry) for entry in entries)
        for bundle, entries in value.items()
    )


def _is_external(value: Any) -> bool:
    """Odoo reads lists; system packages may also be given by Python package."""
    return isinstance(value, dict) and all(
        isinstance(key, str)
        and (_is_list(entries) or (key not in ("python", "bin") and _is_text_by_text(entries)))
        for key, entries in value.items()
    )


def _is_text_by_text(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(part, str) for pair in value.items() for part in pair
    )


_TEXT: tuple[str, Test] = ("a string", lambda value: isinstance(value, str))
_FLAG: tuple[str, Test] = ("True or False", lambda value: isinstance(value, bool))
_LIST: tuple[str, Test] = ("a list of strings", _is_list)
_DICT: tuple[str, Test] = ("a dict", lambda value: isinstance(value, dict))

#: Every key of Odoo 14 to 19, of its apps store and of the community's tools, with its type.
KEYS: dict[str, tuple[str, Test]] = {
    **dict.fromkeys(
        "name version summary description author website category license icon url "
        "live_test_url currency support maintainer development_status "
        "pre_init_hook post_init_hook uninstall_hook".split(),
        _TEXT,
    ),
    **dict.fromkeys(
        "installable application bootstrap web active preloadable iap_paid_service".split(), _FLAG
    ),
    **dict.fromkeys(
        (*DATA_KEYS, *"depends images cloc_exclude countries maintainers contributors".split()),
        _LIST,
    ),
    **dict.fromkeys("excludes qweb css js".split(), _LIST),
    **dict.fromkeys(
        "configurator_snippets configurator_snippets_addons images_preview_theme "
        "new_page_templates snippet_lists theme_customizations".split(),
        _DICT,
    ),
    "auto_install": (
        "True, False or a list of modules",
        lambda value: isinstance(value, bool) or _is_list(value),
    ),
    "post_load": ("a string", lambda value: value is None or isinstance(value, str)),
    "sequence": ("a whole number", lambda value: type(value) is int),
    "price": ("a number", _is_number),
    "external_dependencies": (
        "a dict such as {'python': ['python-ldap'], 'apt': {'python-ldap': 'python3-ldap'}}",
        _is_external,
    ),
    "assets": (
        "a dict of lists of paths and directives such as ('include', 'web._assets_core')",
        _is_assets,
    ),
}


def check_structure(source: ManifestSource, own_keys: Collection[str]) -> Iterator[Finding]:
    """Yield what is wrong with keys and types.

    Args:
        source: a readable manifest.
        own_keys: keys that the project uses in addition to Odoo's.
    """
    for key, line in source.repeated:
        yield Finding(
            source.addon.manifest_path,
            line,
            "manifest-repeated-key",
            f"the key `{key}` is in the manifest twice; only the last one counts",
            "merge the two",
        )
    for key, value in source.manifest.items():
        if key not in KEYS:
            if key not in own_keys:
                yield _unknown(source, key)
            continue
        expected, fits = KEYS[key]
        if not fits(value):
            yield source.finding(
                key,
                "manifest-type",
                f"`{key}` must be {expected}, not {_shown(value)}",
                f"write {expected}",
            )


def has_sound_types(manifest: dict[Any, Any]) -> bool:
    """Whether every key is a string and every known one has its type."""
    return all(
        isinstance(key, str) and (key not in KEYS or KEYS[key][1](value))
        for key, value in manifest.items()
    )


def check_external(source: ManifestSource) -> Iterator[Finding]:
    """Yield Python dependencies that are not distribution names. Types must be valid."""
    declared = source.manifest.get("external_dependencies", {})
    for entry in declared.get("python", ()):
        try:
            Requirement(entry)
        except InvalidRequirement as error:
            yield source.finding(
                "external_dependencies",
                "manifest-python-dependency",
                f"`{entry}` is not a Python requirement: {str(error).splitlines()[0]}",
                "write the name of a distribution, such as `requests` or `requests>=2.31`",
                entry,
            )


def _unknown(source: ManifestSource, key: Any) -> Finding:
    close = closest(str(key), KEYS)
    hint = f"did you mean `{close}`? Otherwise remove it" if close else "remove it"
    return source.finding(
        str(key),
        "manifest-unknown-key",
        f"Odoo has no manifest key `{key}`",
        f"{hint}, or list it in pipeline.toml ([project] manifest_keys)",
    )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
