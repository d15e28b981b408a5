"""Tokens of providers, by their forms; the values are made when the test runs."""

from __future__ import annotations

import random
import re
import string

import pytest

from pipeline.check.secrets.rules import tokens
from pipeline.check.secrets.scanner import Scanner

#: ``{36}``: so many letters and digits; ``{36x}``: hexadecimal ones; ``{36A}``: in capitals,
#: ``{36a}``: in lower case.
FORMS = dict(line.split() for line in """
    airtable-token pat{14}.{64x}
    artifactory-key AKCp{69}
    brevo-key xkeysib-{64x}-{16}
    buildkite-token bkua_{40x}
    circleci-token CCIPAT_{22}_{40x}
    clojars-token CLOJARS_{60a}
    databricks-token dapi{32x}
    digitalocean-token dop_v1_{64x}
    doppler-token dp.pt.{43}
    duffel-token duffel_live_{43}
    dynatrace-token dt0c01.{24A}.{64A}
    easypost-key EZAK{54}
    figma-token figd_{40}
    grafana-token glsa_{32}_{8x}
    groq-key gsk_{52}
    heroku-key HRKU-AA{58}
    hugging-face-token hf_{34l}
    infracost-key ico-{32}
    linear-key lin_api_{40}
    newrelic-key NRAK-{27A}
    notion-token ntn_{46}
    onepassword-token ops_eyJ{260}
    perplexity-key pplx-{48}
    planetscale-token pscale_tkn_{43}
    postman-key PMAK-{24x}-{34x}
    prefect-key pnu_{36}
    pulumi-token pul-{40x}
    readme-key rdme_{70a}
    replicate-token r8_{37}
    rubygems-key rubygems_{48x}
    shippo-token shippo_live_{40x}
    shopify-token shpat_{32x}
    supabase-token sbp_{40x}
    tailscale-key tskey-auth-{17}-{32}
    terraform-token {14}.atlasv1.{67}
    typeform-token tfp_{59}
    vault-token hvs.{90}
    xai-key xai-{80}
    """.strip().splitlines())
ALPHABETS = {
    "": string.ascii_letters + string.digits,
    "x": "0123456789abcdef",
    "A": string.ascii_uppercase + string.digits,
    "a": string.ascii_lowercase + string.digits,
    "l": string.ascii_letters,
}


def written(form: str, source: random.Random) -> str:
    def drawn(match: re.Match[str]) -> str:
        return "".join(source.choice(ALPHABETS[match[2]]) for _ in range(int(match[1])))

    return re.sub(r"\{(\d+)(\w?)\}", drawn, form)


@pytest.mark.parametrize("kind", sorted(FORMS))
def test_a_token_of_a_provider_is_found_in_every_kind_of_file(kind: str) -> None:
    source = random.Random(kind)
    assert kind in tokens.KINDS
    for path in ("a.txt", "tests/test_a.py", "a.yml"):
        for _ in range(5):
            token = written(FORMS[kind], source)
            hits = Scanner().scan(f"x: {token}\n".encode(), path)
            assert [(hit.kind, hit.secret) for hit in hits] == [(kind, token)]


@pytest.mark.parametrize("kind", sorted(FORMS))
def test_a_form_that_is_filled_in_by_hand_is_none(kind: str) -> None:
    shown = re.sub(r"\{(\d+)\w?\}", lambda match: "x" * int(match[1]), FORMS[kind])
    assert Scanner().scan(f"x: {shown}\n".encode(), "a.md", doubtful=True) == []
