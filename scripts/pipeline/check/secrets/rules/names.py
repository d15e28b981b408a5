"""Names of settings, fields and variables: does this one hold a secret?"""

from __future__ import annotations

import enum
import functools
import re


class Holds(enum.Enum):
    """Which kind of secret a name announces."""

    PASSWORD = "password"  # chosen by a person
    KEY = "key"  # made by a program


_PASSWORDS = frozenset(
    "password passwd passphrase passwort wachtwoord contrasena motdepasse pass pwd pw "
    "dbpassword dbpasswd dbpass smtppass pgpassword adminpasswd mysqlpassword passwords pword "
    "keypassword storepassword keystorepassword truststorepassword".split()
)
_KEYS = frozenset(
    "secret secrets token apikey secretkey apisecret authtoken accesstoken clientsecret "
    "accesskey privatekey authkey credential credentials apitoken bearer sharedsecret".split()
)
#: Words after which ``key`` means a secret.
_BEFORE_KEY = frozenset(
    "api secret access auth private encryption signing master service account shared client "
    "license licence storage admin webhook session cookie app maps jwt hmac fernet live aes".split()
)
#: Words before a key that everybody may see: it is in the pages of a site.
_PUBLIC = frozenset("public publishable search site".split())
#: Words after a secret's name that do not change what it is.
_AFTER = frozenset(
    "prod production uat test testing dev development staging live main default value plain base64 "
    "b64 str string hash hashed".split()
)


@functools.lru_cache(maxsize=65536)
def held_by(name: str) -> Holds | None:
    """What ``name`` holds, or None: ``smtp_pass``, ``clientSecret`` do, ``token_url`` does not."""
    words = split(name)
    while len(words) > 1 and (words[-1] in _AFTER or words[-1].isdigit()):
        words = words[:-1]
    if not words:
        return None
    last = re.sub(r"\d+$", "", words[-1])
    before = words[-2] if len(words) > 1 else ""
    if last in _PASSWORDS:
        return None if before in ("no", "show", "type", "min", "max", "reset") else Holds.PASSWORD
    if last in _KEYS:
        return None if before in ("csrf", "no", "type", "xsrf", "next", "page") else Holds.KEY
    if last == "key" and before in _BEFORE_KEY and not _PUBLIC.intersection(words):
        return Holds.KEY
    if words[-3:] == ["secret", "key", "base"]:  # of Rails
        return Holds.KEY
    if words[-2:] == ["enterprise", "code"]:
        return Holds.KEY
    return None


def split(name: str) -> list[str]:
    """The words of a name, in lower case: of snake_case, kebab-case, dotted and camelCase."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return [word for word in re.split(r"[^A-Za-z0-9]+", spaced.lower()) if word]
