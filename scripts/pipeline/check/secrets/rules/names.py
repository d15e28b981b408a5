"""Names of settings, fields and variables: does this one hold a secret?"""

from __future__ import annotations

import enum
import functools
import re


class Holds(enum.Enum):
    """Which kind of secret a name announces."""

    PASSWORD = "password"  # chosen by a person
    KEY = "key"  # made by a program
    MAYBE = "maybe"  # the same word names things that everybody may see: the value decides


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
    "b64 str string bytes hash hashed confirmation confirm repeat again verify".split()
)
#: Words of which only a random value is a secret, if at all.
_MAYBE = frozenset("key auth nonce noncestr salt ticket seed".split())
#: Words before a key that opens nothing.
_OF_DATA = frozenset(
    "primary foreign sort cache group partition row translation encrypted wrapped".split()
)
#: What names written without any separation end with: appsecret, rootpwd, identitytoken.
_GLUED = re.compile(r"\w{2,}(?:password|passwd|passphrase|pwd|(?P<key>secret|token|apikey))")
#: Words before or after which a name tells where a secret is, or how it is treated.
_ABOUT = frozenset("csrf xsrf from".split())


@functools.lru_cache(maxsize=65536)
def held_by(name: str) -> Holds | None:
    """What ``name`` holds, or None: ``smtp_pass``, ``clientSecret`` do, ``token_url`` does not."""
    words = split(name)
    while len(words) > 1 and (words[-1] in _AFTER or re.fullmatch(r"v?\d+", words[-1])):
        words = words[:-1]
    if not words:
        return None
    last = re.sub(r"\d+$", "", words[-1])
    before = words[-2] if len(words) > 1 else ""
    if _ABOUT.intersection(words):
        return None
    if last in _PASSWORDS:
        about = ("no", "show", "type", "min", "max", "reset", "update")
        return None if before in about else Holds.PASSWORD
    if last in _KEYS:
        return (
            None
            if before in ("no", "type", "next", "page", "cluster") or "public" in words
            else Holds.KEY
        )
    if last == "key" and before in _BEFORE_KEY and not _PUBLIC.intersection(words):
        return Holds.KEY
    if words[-3:] == ["secret", "key", "base"]:  # of Rails
        return Holds.KEY
    if words[-2:] == ["enterprise", "code"]:
        return Holds.KEY
    glued = _GLUED.fullmatch(last)
    if glued:
        return Holds.KEY if glued["key"] else Holds.PASSWORD
    public = _PUBLIC.intersection(words) or before in _OF_DATA
    if not public and (last in _MAYBE or last.endswith(("key", "salt"))):
        return Holds.MAYBE
    return None


def split(name: str) -> list[str]:
    """The words of a name, in lower case: of snake_case, kebab-case, dotted and camelCase."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return [word for word in re.split(r"[^A-Za-z0-9]+", spaced.lower()) if word]
