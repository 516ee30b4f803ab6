"""``licet mapping what-if``: records and decisions that a draft would change, told by a hub of its own."""

import json
from datetime import UTC, datetime

import pytest

import mappings
from tests.hub.cli.test_what_if import content
from tests.journeys.commands import one_line, run
from tests.site import build, order, until

STATUS = '"status": {"at": "/data/status"}'


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Two people whose licence was said to be active, one whose is suspended."""
    site = build(tmp_path_factory.mktemp("site") / "hub")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] == 3, "everybody was looked at")
    for n, status in ((0, "active"), (1, "active"), (2, "suspended")):
        assert site.authority().push(order(n, status, 1), now=datetime.now(UTC), id=f"r-{n}")[0] == 202
    until(lambda: site.rows("SELECT count(*) FROM standings WHERE scope = 'full'")[0][0] == 2, "two may work")
    site.end()
    return site


@pytest.fixture
def draft(tmp_path):
    def made(table):
        text = mappings.find("credential/authority_push", mappings.SHIPPED).read_text("utf-8")
        file = tmp_path / "credential" / "draft.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text.replace(STATUS, f'{STATUS[:-1]}, "table": {json.dumps(table)}, "default": "unknown"}}'))
        return file

    return made


def what_if(site, file, *words):
    return run("mapping", "what-if", str(file), "-c", str(site.home), *words)


def test_who_would_lose_and_gain_what_by_a_draft_and_nothing_is_touched(site, draft):
    before = content(site)
    done = what_if(site, draft({"active": "suspended", "suspended": "active"}), "--of", "authority", "--json")
    assert done.returncode == 0, done
    told = json.loads(done.stdout)
    assert (told["looked_at"], told["differing"], told["changed"], told["lost"], told["added"]) == (3, 3, 3, 0, 0)
    changes = {each["person"]: each for each in told["changes"]}
    assert set(changes) == {"E0", "E1", "E2"} and changes["E0"]["name"] == "人0"
    assert changes["E0"]["fields"] == [{"field": "status", "before": "active", "after": "suspended"}]
    effects = {each["person"]: each for each in told["decisions"]["effects"]}
    assert {name: each["effect"] for name, each in effects.items()} == {"E0": "loses", "E1": "loses", "E2": "gains"}
    assert effects["E0"]["now"] and (effects["E0"]["before"], effects["E0"]["after"]) == ("full", "none")
    assert effects["E0"]["clauses"] and told["decisions"]["people"] == 3
    assert content(site) == before


def test_it_is_told_in_both_languages_and_asks_only_whom_it_concerns(site, draft):
    file = draft({"active": "active"})
    english = what_if(site, file, "--of", "authority", "--lang", "en").stdout
    assert english.startswith("changed  E2 人2  credential.CredentialStatus")
    assert "    status: suspended -> unknown" in english
    assert "3 messages of authority read, 1 differ: 0 records lost, 0 added, 1 changed" in english
    assert english.endswith("1 people: 0 would lose, 0 would gain\n")
    chinese = what_if(site, file, "--of", "authority", "--lang", "zh").stdout
    assert "变更  E2 人2" in chinese and "已重读 authority 的 3 份报文" in chinese


def test_two_documents_are_compared_on_what_came_too(site, draft):
    before = content(site)
    asked = ("mapping", "diff", "credential/authority_push", str(draft({"active": "active"})), "-c", str(site.home))
    alone, history = (run(*asked, *words, "--lang", "en").stdout for words in ((), ("--of", "authority")))
    assert history.startswith(alone.rstrip()) and "status: suspended -> unknown" not in alone
    assert "changed  E2 人2" in history and "    status: suspended -> unknown" in history
    told = json.loads(run(*asked, "--of", "authority", "--json").stdout)
    assert told["history"]["differing"] == 1 and told["rules"] and "decisions" not in told["history"]
    assert content(site) == before


def test_a_document_in_use_changes_nothing_and_needs_no_name_of_its_connector(site):
    done = what_if(site, "credential/authority_push", "--lang", "en")
    assert done.returncode == 0 and "3 messages of authority read, 0 differ" in done.stdout, done


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--of", "authorty"), "'authority'"),
        (("--of", "iam"), "authority"),
        ((), "--of"),
        (("--of", "authority", "--since", "2026-01-01", "--until", "2025-01-01"), "应早于"),
    ],
)
def test_what_is_meant_must_be_clear(site, draft, words, said):
    done = what_if(site, draft({"active": "active"}), *words)
    assert done.returncode in (1, 2) and said in done.stderr and "Traceback" not in done.stderr


def test_a_draft_that_is_wrong_is_refused_with_file_and_line(site, draft):
    file = draft({"active": "active"})
    file.write_text(file.read_text("utf-8").replace('"/data/holder/ref"', '"data"'), encoding="utf-8")
    done = what_if(site, file, "--of", "authority")
    assert done.returncode == 1 and "draft.json:" in done.stderr
    one_line(what_if(site, file.parent / "none.json", "--of", "authority"), "none.json")


def test_messages_whose_key_is_gone_are_counted_and_nothing_is_said_of_them(site, draft):
    [(bucket,)] = site.rows("SELECT DISTINCT bucket FROM transmissions WHERE connector = 'authority'")
    with site.parts() as parts:
        parts.sealer.keys.destroy(bucket)
    done = what_if(site, draft({"active": "suspended"}), "--of", "authority", "--lang", "en")
    assert "3 messages were erased" in done.stdout and "3 messages of authority read, 0 differ" in done.stdout
