"""Secrets that are recognized by their format, wherever they are."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

from pipeline.check.secrets.rules.chosen import judged_as_password, judged_as_written
from pipeline.check.secrets.rules.hits import Certainty, Found
from pipeline.check.secrets.rules.judgement import (
    Threshold,
    entropy,
    is_placeholder,
    is_random,
    judged,
    threshold_for,
)
from pipeline.check.secrets.rules.paths import FileKind

#: detect-secrets' detectors of fixed forms. Its keyword, entropy, address and private-key
#: detectors are left out: names.py, assignments.py and keys.py do the same with fewer alarms.
_PLUGINS: dict[str, RegexBasedDetector] = {
    "aws-key": AWSKeyDetector(),
    "azure-storage-key": AzureStorageKeyDetector(),
    "discord-token": DiscordBotTokenDetector(),
    "github-token": GitHubTokenDetector(),
    "gitlab-token": GitLabTokenDetector(),
    "mailchimp-key": MailchimpDetector(),
    "openai-key": OpenAIDetector(),
    "pypi-token": PypiTokenDetector(),
    "sendgrid-key": SendGridDetector(),
    "slack-token": SlackDetector(),
    "square-secret": SquareOAuthDetector(),
    "stripe-key": StripeDetector(),
    "telegram-token": TelegramBotTokenDetector(),
    "twilio-key": TwilioKeyDetector(),
}

_OWN = {
    "nats-seed": r"\bS[ACNOUX][A-Z2-7]{56}\b",
    # detect-secrets' form ends before the signature. An encrypted token has five parts: it tells
    # nothing to who has not the key.
    "jwt": r"eyJ[\w-]{8,}\.[\w-]{2,}\.[\w-]{20,}={0,2}(?!\.?[\w-])",
    "github-token": r"github_pat_\w{22,255}",
    "docker-hub-token": r"dckr_(?:pat|oat)_[\w-]{27,}",
    "npm-token": r"npm_[A-Za-z0-9]{36}",
    "google-key": r"AIza[\w-]{35}|GOCSPX-[\w-]{28}|ya29\.[\w-]{50,}",
    "anthropic-key": r"sk-ant-[a-z0-9]+-[\w-]{60,}",
    "openai-key": r"sk-(?:proj|svcacct|admin)-[\w-]{40,}",
    "hugging-face-token": r"hf_[A-Za-z]{34}",
    "azure-client-secret": r"[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}",
    "azure-signature": r"[?&]sig=[A-Za-z0-9%+/]{40,}(?:%3D|=)",
    "stripe-key": r"(?:sk|rk)_live_[A-Za-z0-9]{24,}|whsec_[A-Za-z0-9+/]{32,}",
    "slack-token": r"xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]{40,}|xoxe(?:\.xox[bp])?-\d-[A-Za-z0-9]{100,}",
    "webhook": r"https://(?:discord(?:app)?\.com/api/webhooks/\d+/[\w-]{50,}"
    r"|[\w-]+\.webhook\.office\.com/webhookb2/[\w@-]+/IncomingWebhook/[\w/-]{40,})",
    "mailgun-key": r"key-[0-9a-z]{32}",
    "brevo-key": r"x(?:key|smtp)sib-[0-9a-f]{64}-\w{16}",
    "mollie-key": r"live_[A-Za-z0-9]{30,}",
    "shopify-token": r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    "digitalocean-token": r"do[opr]_v1_[0-9a-f]{64}",
    "sentry-token": r"sntry[su]_[\w+/=-]{40,}",
    "vault-token": r"hv[sb]\.[\w-]{24,}",
    "grafana-token": r"glsa_\w{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/=]{32,}",
    "atlassian-token": r"ATATT3[\w=-]{50,}",
    "newrelic-key": r"NRAK-[A-Z0-9]{27}",
    "postman-key": r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
    "databricks-token": r"dapi[0-9a-f]{32}",
    "linear-key": r"lin_api_[A-Za-z0-9]{40}",
    "notion-token": r"ntn_[A-Za-z0-9]{46}",
    "figma-token": r"figd_[\w-]{40}",
    "doppler-token": r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40,}",
    "pulumi-token": r"pul-[0-9a-f]{40}",
    "rubygems-key": r"rubygems_[0-9a-f]{48}",
    "groq-key": r"gsk_[A-Za-z0-9]{52}",
    "xai-key": r"xai-[A-Za-z0-9]{80}",
    "replicate-token": r"r8_[A-Za-z0-9]{37}",
    "perplexity-key": r"pplx-[A-Za-z0-9]{48}",
    "supabase-token": r"sbp_[0-9a-f]{40}",
    "planetscale-token": r"pscale_(?:tkn|oauth|pw)_[\w.=-]{32,64}",
    "airtable-token": r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
    "shippo-token": r"shippo_live_[0-9a-f]{40}",
    "easypost-key": r"EZAK[A-Za-z0-9]{54}",
    "dynatrace-token": r"dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}",
    "circleci-token": r"CCIPAT_[A-Za-z0-9]{22}_[0-9a-f]{40}",
    "buildkite-token": r"bkua_[0-9a-f]{40}",
    "terraform-token": r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}",
    "onepassword-token": r"ops_eyJ[\w-]{250,}={0,2}",
    "prefect-key": r"pnu_[A-Za-z0-9]{36}",
    "readme-key": r"rdme_[a-z0-9]{70}",
    "infracost-key": r"ico-[A-Za-z0-9]{32}",
    "clojars-token": r"CLOJARS_[a-z0-9]{60}",
    "typeform-token": r"tfp_[\w.-]{59}",
    "duffel-token": r"duffel_live_[\w-]{43}",
    "artifactory-key": r"AKCp[A-Za-z0-9]{69}",
    "heroku-key": r"HRKU-AA[\w-]{58}",
    "tailscale-key": r"tskey-\w+-\w+-\w{16,}",
    "age-key": r"AGE-SECRET-KEY-1[0-9A-Z]{58}",
    "password-hash": r"\$\$?(?:pbkdf2-sha\d+\$\$?\d+\$\$?[\w./+-]{8,}\$\$?[\w./+-]{20,}"
    r"|2[abxy]\$\$?\d\d\$\$?[\w./]{53}"
    r"|(?:[156]|apr1)\$\$?(?:rounds=\d+\$)?[\w./]{2,16}\$\$?[\w./]{22,86}"
    r"|y\$\$?\w+\$\$?[\w./]{8,}\$\$?[\w./]{40,}|argon2\w*\$[^\s\"']{40,})"
    r"|(?<=:)\{S?SHA\}[A-Za-z0-9+/]{27,}={0,2}",
}
_FORMS = [
    *((kind, regex) for kind, plugin in _PLUGINS.items() for regex in plugin.denylist),
    *((kind, re.compile(form)) for kind, form in _OWN.items()),
]

#: The kinds of the patterns above.
KINDS = frozenset(kind for kind, _regex in _FORMS)

#: What a line must contain before the patterns above are tried on it.
ANCHORS = (
    r"A(?:3T|BIA|CCA|KIA|SIA|ccountKey|Iza|TATT|GE-SEC|KCp)|CCIPAT|EZAK|CLOJARS|HRKU"
    r"|G(?:R1348|OCSPX)|MII|NRAK|PMAK|LS0tLS1C|S(?:G\.|HA\}|K[a-z0-9]{32})|\bS[ACNOUX][A-Z2-7]{56}"
    r"|d(?:ckr_|o[opr]_v1|api|p\.|t0c01|uffel_)|eyJ|figd_|bkua_"
    r"|g(?:h[pousr]_|ithub_pat|l(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-|lsa|lc_|sk_)"
    r"|h(?:ooks\.slack|f_|v[sb]\.)|ico-|key-|l(?:ive_|in_api_)|n(?:pm_|tn_)|ops_eyJ"
    r"|p(?:ypi-|at\w{14}\.|nu_|plx-|scale_|ul-)|r(?:8_|dme_|ubygems_)"
    r"|s(?:k-|q0csp|ig=|ib-|hp\w\w_|hippo_|ntry|bp_)|[sr]k_live|t(?:skey|fp_)|w(?:hsec|ebhook)"
    r"|x(?:ox|app|ai-)|ya29|-us\d|\d(?::[\w-]{35}|Q~)|[MNO][\w-]{23,25}\.[\w-]{6}\.|\$\w|atlasv1"
    r"|://[^\s/]*@"
)
WORDS = r"\bb(?:asic |earer )"

_AWS_SECRET = re.compile(r"[A-Za-z0-9/+]{40}")
#: The user ends at the first colon, the password at the last @ before the path, as for every
#: parser of addresses: both may contain further ones.
_URL = re.compile(
    r"\b([a-zA-Z][\w+.-]{0,20})://([^\s:/\"'<>`]{0,100}):"
    r"([^\s/@\"'<>`]{1,300}(?:@[^\s/?#@\"'<>`]{1,100}){0,5})@"
    r"([\w.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]|\$[\w{(]|\{\{|%\()"
)
_KNOWN_WORD = re.compile(r"(?i)(?:[\w-]*[_-])?(?:pass(?:word|wd)?|pwd|secret)(?:[_-]?\d*)?")
_AUTHORIZATION = re.compile(r"\b(bearer|basic)\s+([\w.~+/-]{12,}={0,2})", re.IGNORECASE)
#: A private RSA key without its header, in PKCS#1 or PKCS#8.
_BARE_KEY = re.compile(
    r"MII[A-Za-z0-9+/]{2}[A-Za-z0-9+/]?[A-Za-z0-9+/]?"
    r"IBA(?:AK|DANBgkqhkiG9w0BAQEFAASC)[A-Za-z0-9+/]{40,}"
)
#: How a private key begins that is in one line; it may be long.
KEY_STARTS = ("LS0tLS1CRUdJTi", "MII")
_ENCODED_KEY = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{60,}={0,2}")


def tokens(line: str, file: FileKind) -> Iterator[Found]:
    """Yield (kind, secret) for everything in a line that is a secret by its format."""
    for kind, regex in _FORMS:
        for match in regex.finditer(line):
            secret = match[1] if regex.groups == 1 and len(match[1] or "") >= 16 else match[0]
            # A hash in a test or an example is that of an invented password.
            known = not (kind == "password-hash" and file.invented)
            if known and _stands_alone(line, match) and _is_token(kind, secret):
                yield Found(kind, secret)
    for match in _ENCODED_KEY.finditer(line):
        if b"PRIVATE KEY" in decoded(match[0][:96]):
            yield Found("private-key", match[0])
    for match in _BARE_KEY.finditer(line):
        if line[match.start() - 1 : match.start()] != " " or line.strip() != match[0]:
            yield Found("private-key", match[0])
    yield from _urls(line, file)
    yield from _authorizations(line, file)


def decoded(text: str) -> bytes:
    """Base64 to bytes; empty if the text is not base64."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _stands_alone(line: str, match: re.Match[str]) -> bool:
    """Whether it is not part of something longer, such as an image or a checksum."""
    before = line[match.start() - 1 : match.start()]
    after = line[match.end() : match.end() + 1]
    first, last = match[0][0], match[0][-1]
    joined_before = first.isalnum() and (before.isalnum() or before in ("+", "-", "_"))
    return not joined_before and not (last.isalnum() and (after.isalnum() or after == "_"))


def _is_token(kind: str, secret: str) -> bool:
    if kind == "jwt":
        return _is_signed(secret)
    if kind == "nats-seed":
        return _is_seed(secret)
    if kind == "twilio-key":
        return secret.startswith("SK") and bool(re.search(r"\d", secret))
    if kind in ("password-hash", "azure-signature"):
        return entropy(secret) > 3.5
    variable_part = re.sub(r"^.{4}|^https://[^/]+/", "", secret)
    return entropy(variable_part) > 2.8 and not re.search(
        r"EXAMPLE|x{5,}|X{3,}|\*{3}|\.{3}|1234567890|0{6,}|<|your[-_]", variable_part
    )


def _is_seed(seed: str) -> bool:
    """Whether the checksum is right. https://docs.nats.io/running-a-nats-service/configuration/\
securing_nats/auth_intro/nkey_auth"""
    data = base64.b32decode(seed + "=" * (-len(seed) % 8))
    return binascii.crc_hqx(data[:-2], 0) == int.from_bytes(data[-2:], "little")


def _is_signed(token: str) -> bool:
    """Whether it is a JSON web token: it has a form of its own, and its first part is JSON."""
    header = token.partition(".")[0].replace("-", "+").replace("_", "/")
    try:
        return isinstance(json.loads(decoded(header)), dict)
    except ValueError:
        return False


def _urls(line: str, file: FileKind) -> Iterator[Found]:
    for match in _URL.finditer(line):
        _scheme, user, written, host = match.groups()
        password = unquote(written)
        if re.search(r"(?:^|\.)example(?:\.|$)", host) or written.startswith(
            ("$", "%(", "%s", "{")
        ):
            continue
        usual = threshold_for(file, Threshold.MIDDLE)
        # In a text about addresses, a known word is at some host of the world.
        near = "." not in host or re.fullmatch(r"[\d.]+", host)
        told = _KNOWN_WORD.fullmatch(password) and (file.invented or not near)
        certainties = set() if told else {judged_as_written(password)} - {None}
        if not is_placeholder(written) and password.lower() != user.lower():
            certainties |= {judged(text, usual) for text in (written, password)} - {None}
        if certainties:
            sure = Certainty.SURE in certainties
            yield Found("password-in-url", written, Certainty.SURE if sure else Certainty.DOUBTFUL)


def _authorizations(line: str, file: FileKind) -> Iterator[Found]:
    for match in _AUTHORIZATION.finditer(line):
        value = match[2]
        if match[1].lower() == "bearer":
            if len(value) >= 16 and is_random(value) and not is_placeholder(value):
                yield Found("bearer-token", value)
            continue
        user, colon, password = decoded(value).decode("latin-1").partition(":")
        if colon and user.isprintable():
            usual = threshold_for(file, Threshold.MIDDLE)
            certainty = judged_as_password(password.replace(" ", ""), usual)
            if certainty:
                yield Found("basic-authorization", value, certainty)
