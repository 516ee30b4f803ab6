"""Rules of files: an observed post takes them at a start; of an enforced one they wait until somebody takes them."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from hub.config.folder import read_folder
from hub.packages.in_force import Rules, documents_taken, must_wait
from hub.parts.ruled import ruled_folder
from hub.rules.files.finding import UnreadableFile
from hub.running import Hub
from schemas.credential import CredentialStatus
from schemas.errors import ConfigError
from schemas.people import Assignment, OtherIdentifier, Person
from tests.hub.decision.test_law import NOW, send
from tests.journeys.commands import licet
from tests.site import build, until

EXAM = '\n[requirement.exam]\nkind = "exam"\nexam = "x"\n'

ACTIVATE = ("rules", "activate", "--by", "wang", "--lang", "en")


@pytest.fixture
def site(tmp_path):
    """A hub that was started once; of two people who hold its post one has the licence."""
    return peopled(tmp_path, holders=1)


def peopled(tmp_path, holders):
    """The hub; ``holders`` have the licence, one who holds the post has not."""
    site = build(tmp_path / "hub", groups=("room", "cage"))
    begin(site)
    with site.parts() as parts:
        for number in (f"E{n + 1}" for n in range(holders + 1)):
            known = (OtherIdentifier(source="authority", subject=f"authority-{number}"),)
            person = Person(subject=number, name="张三", identifiers=known, as_of=NOW)
            post = Assignment(subject=number, position="post", starts_at=NOW, as_of=NOW)
            send(parts, ("roster", [person, post]), parts.clock)
        for n in range(1, holders + 1):
            named = {"subject": f"authority-E{n}", "credential": "licence", "number": f"N-{n}"}
            licence = CredentialStatus(**named, status="active", sequence=1, changed_at=NOW)
            send(parts, ("authority", [licence]), parts.clock)
    return site


def begin(site):
    """Start and end a hub of the folder; by which rules it judged."""
    hub = Hub(ruled_folder(site.home))
    try:
        hub.start(polling=False, sweeping=False)
        return hub.parts.folder
    finally:
        hub.stop()


def enforce(site):
    assert licet(site, "enforce", "post", "--by", "A", "--by", "B").returncode == 0


def changed(site, found, instead):
    post = site.home / "positions" / "post.toml"
    text = post.read_text("utf-8")
    assert found in text
    post.write_text(text.replace(found, instead, 1), "utf-8")


def stricter(site):
    changed(site, 'needs = ["licence"]', 'needs = ["licence", { needs = "exam", over = "ever" }]')
    changed(site, "[targets.iam]", f"{EXAM}[targets.iam]")


def alarms(site):
    return [each["code"] for each in site.entries("alarm")]


def findings(site):
    """What check says, and how doctor finds the folder."""
    check = licet(site, "check", "--lang", "en")
    doctor = json.loads(licet(site, "doctor", "--json").stdout)
    [folder] = [each for each in doctor if each["topic"] == "folder"]
    return check, folder


def test_posts_in_observe_take_their_files_at_once(site):
    before = read_folder(site.home).revision
    stricter(site)
    assert begin(site).revision == read_folder(site.home).revision != before
    assert [len(site.entries(kind)) for kind in ("taken", "rules")] == [2, 1] and "rules.waiting" not in alarms(site)


def test_what_a_file_says_of_an_enforced_post_waits_everywhere_until_somebody_takes_it_who_saw_who_loses(site):
    enforce(site)
    before = read_folder(site.home).revision
    stricter(site)
    drafted = read_folder(site.home).revision
    judged = begin(site)
    assert judged.revision == before != drafted and alarms(site).count("rules.waiting") == 1
    assert site.entries("start")[-1]["rules"] == before, "decisions name the rules of before"
    check, folder = findings(site)
    assert check.returncode == 0 and "positions/post.toml" in check.stdout and "not in force" in check.stdout
    assert folder["state"] == "bad" and "positions/post.toml" in folder["found_en"]
    refused = licet(site, *ACTIVATE)
    assert refused.returncode != 0 and "E1 张三" in refused.stderr and "--losing 1" in refused.stderr
    too_many = licet(site, *ACTIVATE, "--losing", "2")
    assert too_many.returncode != 0 and "--losing 1" in too_many.stderr
    assert ruled_folder(site.home).revision == before
    taken = json.loads(licet(site, *ACTIVATE, "--losing", "1", "--json").stdout)
    assert (taken["taken"], taken["effects"]["losing"]) == (True, 1)
    entry = site.entries("taken")[-1]
    assert (entry["documents"], entry["count"], site.who(entry["actor"])) == (taken["documents"], 1, ["wang"])
    assert begin(site).revision == drafted and ruled_folder(site.home).waiting == ()
    assert [each["rules_before"] for each in site.entries("rules")] == [before]
    again = json.loads(licet(site, *ACTIVATE, "--json").stdout)
    assert again["taken"] is False
    check, folder = findings(site)
    assert "not in force" not in check.stdout and folder["state"] == "good"


def test_a_hub_that_serves_goes_on_by_the_rules_that_were_taken(site):
    enforce(site)
    stricter(site)
    site.start()
    before = site.entries("start")[-1]["rules"]
    assert licet(site, *ACTIVATE, "--losing", "1").returncode == 0
    until(lambda: site.entries("start")[-1]["rules"] != before, "the rules that were taken judge")
    until(lambda: site.status("/readyz")[0] == 200, "the hub is ready")
    assert site.entries("start")[-1]["rules"] == read_folder(site.home).revision
    site.end()


@pytest.mark.parametrize("broken", ["gone", "no TOML", "no position", "no course"])
def test_a_file_that_is_gone_or_unreadable_keeps_what_is_in_force(site, broken):
    enforce(site)
    before, post = read_folder(site.home).revision, site.home / "positions" / "post.toml"
    text = post.read_text("utf-8")
    if broken == "gone":
        post.unlink()
    elif broken == "no course":
        (site.home / "courses.toml").write_text("[", "utf-8")
    else:
        post.write_text("[" if broken == "no TOML" else text.replace('risk = "medium"', ""), "utf-8")
    assert begin(site).revision == before
    assert "rules.waiting" in alarms(site)
    check, folder = findings(site)
    assert (check.returncode == 0) == (broken == "gone")
    assert ("post.toml" if broken != "no course" else "courses.toml") in check.stdout + check.stderr
    assert folder["state"] == "bad"
    assert (licet(site, "backup", str(site.home.parent / "copy")).returncode) == 0
    if broken != "gone":
        refused = licet(site, *ACTIVATE)
        assert refused.returncode != 0 and len(site.entries("taken")) == 1


def test_before_a_post_is_enforced_a_broken_file_stops_the_start_as_ever(site):
    (site.home / "positions" / "post.toml").write_text("[", "utf-8")
    with pytest.raises(UnreadableFile):
        ruled_folder(site.home)


def test_who_read_the_folder_past_what_was_taken_does_not_begin(site):
    enforce(site)
    stricter(site)
    hub = Hub(read_folder(site.home))
    with pytest.raises(ConfigError, match="other rules are in force") as refused:
        hub.start(polling=False, sweeping=False)
    hub.close()
    assert refused.value.code == "rules.waiting" and len(site.entries("taken")) == 1


def test_a_store_with_other_rules_than_the_log_says_is_noticed(site):
    enforce(site)
    with closing(sqlite3.connect(site.home / "data" / "licet.db")) as store:
        store.execute("UPDATE rules_taken SET text = replace(text, 'medium', 'low')")
        store.commit()
    with pytest.raises(ConfigError) as refused:
        ruled_folder(site.home)
    assert refused.value.code == "rules.changed"


def test_who_looked_before_somebody_else_took_rules_looks_once_more(site):
    from hub.packages.in_force import take_instead

    with site.parts() as parts:
        acting, texts = parts.operators.one("wang"), dict(parts.folder.texts)
        other = {**texts, "courses.toml": "# other\n"}
        parts.writer.call(lambda tx: take_instead(texts, other, acting, 0, tx))
        with pytest.raises(ConfigError, match="meanwhile"):
            parts.writer.call(lambda tx: take_instead(texts, texts, acting, 0, tx))
        with parts.database.reading() as session:
            assert documents_taken(session) == other


def crowd(site, *files):
    """What lint says of waves, with its code."""
    done = licet(site, "rules", "lint", *files, "--lang", "en")
    return [line for line in done.stdout.splitlines() if "the guard lets" in line], done.returncode


def test_lint_says_which_change_would_close_more_people_at_once_than_the_guard_lets_pass(tmp_path):
    site = peopled(tmp_path, holders=4)
    begin(site)
    assert crowd(site) == ([], 0)
    post, draft = site.home / "positions" / "post.toml", site.home.parent / "draft.toml"
    text = post.read_text("utf-8")
    changed(site, ', "cage"', "")
    [line], code = crowd(site)
    assert code == 0 and line.startswith(f"{post}: warning: ")
    assert "closes 4 of 4 people of post at once (targets, " in line and "lets 3 pass" in line
    post.write_text(text, "utf-8")
    stricter(site)
    [line], code = crowd(site)
    assert "closes 4 of 4 people of post at once (exam, " in line
    day = (datetime.now(UTC) + timedelta(days=10)).date()
    draft.write_text(post.read_text("utf-8").replace("[credential", f"effective_from = {day}\n[credential", 1), "utf-8")
    post.write_text(text, "utf-8")
    assert crowd(site) == ([], 0)
    [line], code = crowd(site, str(draft))
    assert str(draft) in line and f"(exam, {day}" in line


def test_lint_says_nothing_of_so_few_as_the_guard_lets_pass(tmp_path):
    site = peopled(tmp_path, holders=3)
    begin(site)
    stricter(site)
    assert crowd(site) == ([], 0)


def rules(position="", courses=""):
    text = POST if position == "" else position
    return Rules.of({"positions/a.toml": text, "courses.toml": courses})


POST = """
id = "a"
name = { zh = "岗", en = "Post" }
risk = "low"
ladder = [{ scope = "full", needs = [{ needs = "film", over = "ever" }] }]
targets.iam = { full = ["a"] }
requirement.film = { kind = "course", course = "film" }
"""
FILM = '[film]\nmode = "online"\nnominal_minutes = 45\n'
OTHER = '[other]\nmode = "online"\nnominal_minutes = 45\n'
OLD = '[old]\nmode = "online"\nnominal_minutes = 45\n'


@pytest.mark.parametrize(
    ("before", "after", "waits"),
    [
        (FILM, FILM, False),
        (FILM, FILM + OTHER, False),
        (FILM + OTHER, FILM, False),
        (FILM + OTHER, FILM + OTHER.replace("45", "60"), False),
        (FILM, FILM.replace("45", "60"), True),
        (FILM, "", True),
        (OLD + FILM + 'replaces = ["old"]\n', OLD.replace("45", "60") + FILM + 'replaces = ["old"]\n', True),
        (OLD + FILM, OLD + FILM + 'replaces = ["old"]\n', True),
    ],
)
def test_a_course_waits_if_an_enforced_post_counts_it(before, after, waits):
    assert must_wait(rules(courses=before), rules(courses=after), {"a"}) is waits
    assert must_wait(rules(courses=before), rules(courses=after), {"b"}) is False


def test_a_comment_or_another_file_name_changes_no_rules_and_a_further_version_waits():
    later = POST.replace('risk = "low"', 'risk = "low"\neffective_from = 2030-01-01')
    taken = rules(courses=FILM)
    assert not must_wait(taken, Rules.of({"positions/b.toml": "# words\n" + POST, "courses.toml": FILM}), {"a"})
    both = Rules.of({"positions/a.toml": POST, "positions/b.toml": later, "courses.toml": FILM})
    assert must_wait(taken, both, {"a"}) and not must_wait(taken, both, set())
    assert must_wait(taken, Rules.of({"courses.toml": FILM}), {"a"})
