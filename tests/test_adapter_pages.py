"""The page of an adapter is made of its golden cases, names every cure, and what it says of removal is so."""

import json
import re
from datetime import UTC, datetime

import pytest

from schemas.errors import CODES
from tests import generated
from tests.journeys.commands import licet, one_line, told
from tests.pages.adapters import adapter_page, adapters, page_name
from tests.pages.becoming import codes_of, cure_of, document, golden, shown_cases
from tests.site import build, order

ADAPTERS = dict(adapters())


@pytest.mark.parametrize("name", ADAPTERS)
def test_every_form_that_has_a_case_is_shown_with_a_body_and_what_becomes_of_it(name):
    spec, file = ADAPTERS[name], document(name, ADAPTERS[name])
    text = (generated.ROOT / "docs" / page_name(name, "en")).read_text("utf-8")
    if file is None:
        assert not spec.brings and "## What becomes of what" not in text
        return
    cases = shown_cases(file)
    assert {case.get("form", "") for case in cases.values()} == {c.get("form", "") for c in golden(file).values()}
    for case in cases.values():
        for outcome in case["outcomes"]:
            for record in outcome.get("records", ()):
                assert json.dumps(record, ensure_ascii=False) in text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ADAPTERS)
def test_every_code_has_its_cure(name, language):
    text = adapter_page(name, ADAPTERS[name], "", language)
    assert codes_of(name), "an adapter that cannot fail would be new"
    for code in codes_of(name):
        meaning = CODES[code].zh if language == "zh" else CODES[code].en
        assert f"| `{code}` | {meaning} | {cure_of(code, language)} |" in text and cure_of(code, language)


@pytest.mark.parametrize(
    ("name", "codes"),
    {
        "credential/authority_push": {"sig.stale", "envelope.refused", "sig.key-state"},
        "access/ldap": {"peer.auth", "sink.no-person"},
        "generic/file_drop": {"file.size"},
        "people/roster_csv": {"text.header", "roster.shrunk"},
    }.items(),
)
def test_the_codes_are_those_that_the_adapter_and_what_it_stands_on_raise(name, codes):
    assert codes <= set(codes_of(name))
    assert "sink.no-person" not in codes_of("people/roster_csv")


@pytest.mark.parametrize("code", ["peer.tls", "peer.timeout", "peer.missing", "peer.gone"])
def test_why_a_server_does_not_answer_stands_wherever_one_is_asked(code):
    asked = {"generic/rest_pull", "generic/soap_pull", "credential/soap_authority", "credential/qualification_system"}
    assert asked <= {name for name in ADAPTERS if code in codes_of(name)}


def test_the_columns_of_the_roster_stand_there_with_what_they_become_and_their_chinese_names():
    text = (generated.ROOT / "docs" / "adapters" / "people-roster_csv.md").read_text("utf-8")
    assert re.search(r"\| `position` \| 岗位[^|]* \| always \| `people\.Assignment\.position`", text)
    assert re.search(r"\| `sponsor` \| 责任人 \| may be \| `people\.Assignment\.sponsor`", text)


def without(site, name):
    """The settings of a hub without an instance."""
    file = site.home / "licet.toml"
    tables = re.split(r"\n(?=\[)", file.read_text("utf-8"))
    kept = [each for each in tables if not re.match(rf"\[+connectors\.{name}[\].]", each)]
    assert len(kept) < len(tables)
    file.write_text("\n".join(kept) + "\n", "utf-8")


def test_what_a_source_brought_stays_when_it_is_removed(tmp_path):
    site = build(tmp_path / "hub")
    site.start()
    status, _body = site.authority().push(order(0, "active", 1), now=datetime.now(UTC), id="e-1")
    assert status == 202
    site.end()
    before = site.rows("SELECT COUNT(*) FROM facts")
    without(site, "authority")
    assert licet(site, "check").returncode == 0
    site.start()
    assert site.rows("SELECT COUNT(*) FROM facts") == before and before > [(0,)]
    assert told(site, "why", "E0")["person"]
    site.end()


def test_a_door_that_a_position_names_is_not_removed_unnoticed(tmp_path):
    site = build(tmp_path / "hub")
    without(site, "iam")
    one_line(licet(site, "check", "--lang", "en"), "post.toml", "iam")
    post = site.home / "positions" / "post.toml"
    post.write_text(post.read_text("utf-8").partition("[targets.iam]")[0] + "[targets]\n", "utf-8")
    assert licet(site, "check").returncode == 0
