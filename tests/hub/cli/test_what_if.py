"""``licet rules what-if``: whom a draft would shut out, told by a hub of its own; nothing is touched."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from tests.journeys.commands import run
from tests.site import build, order, until

EXAM = '[requirement.exam]\nkind = "exam"\nname = { zh = "考核", en = "Exam" }\nexam = "exam-1"\n\n[[ladder]]'


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Three people of whom one holds the licence."""
    site = build(tmp_path_factory.mktemp("site") / "hub")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] == 3, "everybody was looked at")
    assert site.authority().push(order(1, "active", 1), now=datetime.now(UTC), id="r-1")[0] == 202
    until(lambda: site.rows("SELECT count(*) FROM standings WHERE scope = 'full'")[0][0] == 1, "one may work")
    site.end()
    return site


@pytest.fixture
def draft(site, tmp_path):
    text = (site.home / "positions" / "post.toml").read_text("utf-8")
    file = tmp_path / "draft" / "post.toml"
    file.parent.mkdir()
    file.write_text(
        text.replace('needs = ["licence"]', 'needs = ["licence", "exam"]').replace("[[ladder]]", EXAM), "utf-8"
    )
    return file


def what_if(site, *arguments):
    return run("rules", "what-if", "-c", str(site.home), *map(str, arguments))


def content(site):
    """All files as they are, and of a database what stands in it, wherever its pages lie."""
    found = {}
    for file in sorted(site.home.rglob("*")):
        if file.suffix == ".db":
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
                found[file] = list(store.iterdump())
        elif file.is_file() and not file.name.endswith(("-shm", "-wal")):
            found[file] = file.read_bytes()
    return found


def test_who_would_lose_what_when_and_by_which_clause(site, draft):
    before = content(site)
    done = what_if(site, draft, "--json")
    assert done.returncode == 0, done
    told = json.loads(done.stdout)
    assert (told["people"], told["losing"], told["gaining"]) == (3, 1, 0)
    [effect] = told["effects"]
    assert {name: effect[name] for name in ("person", "name", "position", "effect", "before", "after", "now")} == {
        "person": "E1",
        "name": "人1",
        "position": "post",
        "effect": "loses",
        "before": "full",
        "after": "none",
        "now": True,
    }
    assert [(each["cause"], each["reason"]) for each in effect["clauses"]] == [("exam", "exam_missing")]
    assert content(site) == before


def test_it_is_told_in_both_languages_and_of_a_folder_too(site, draft):
    english = what_if(site, draft.parent, "--lang", "en").stdout
    assert english.startswith("loses  E1 人1  post: full -> none") and "exam exam_missing" in english
    assert english.endswith("3 people: 1 would lose, 0 would gain\n")
    assert "失去  E1" in what_if(site, draft, "--lang", "zh").stdout


def test_only_the_people_who_are_asked_about(site, draft):
    assert json.loads(what_if(site, draft, "--people", "E0", "--json").stdout)["effects"] == []
    wrong = what_if(site, draft, "--people", "E9")
    assert wrong.returncode != 0 and "'E9'" in wrong.stderr


def test_what_would_be_refused_is_not_tried(site, draft):
    draft.write_text(draft.read_text("utf-8").replace('needs = ["licence", "exam"]', 'needs = ["licnce"]'), "utf-8")
    done = what_if(site, draft, "--lang", "en")
    assert done.returncode != 0 and "'licnce'" in done.stderr and "did you mean 'licence'?" in done.stderr
    draft.write_text(draft.read_text("utf-8").replace('"licnce"', '"licence"'), "utf-8")
    named = re.sub(r'(issuer = "authority"\n)', r'\1renewal_rule = "cisps"\n', draft.read_text("utf-8"), count=1)
    draft.write_text(named, "utf-8")
    done = what_if(site, draft, "--lang", "en")
    assert done.returncode != 0 and "did you mean 'cisp'?" in done.stderr
    assert what_if(site, draft.parent / "none.toml").returncode != 0
