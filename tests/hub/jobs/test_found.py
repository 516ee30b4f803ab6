"""What a scheduler has found out: the effects of a draft, figures, the log as a folder, doors that moved."""

import json
import shutil
from datetime import UTC, datetime
from threading import Event
from uuid import UUID

import pytest

from audit_log.verify import main as verify
from hub.jobs.found import KEPT_EXPORTS, Export
from hub.jobs.runner import JobRunner
from hub.store.space import Space
from schemas.errors import PayloadError
from tests.contract.scim_server import running
from tests.hub.cli.test_what_if import EXAM
from tests.journeys.commands import run
from tests.site import build, order, until


@pytest.fixture(scope="module")
def scim():
    with running() as started:
        for n in range(3):
            started.add_user(userName=f"e{n}", externalId=f"E{n}")
        started.add_group("room")
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory, scim):
    """A hub that has ended: of three people one holds the licence; of its two access systems one is away."""
    site = build(tmp_path_factory.mktemp("found") / "hub", scim_url=f"http://127.0.0.1:{scim.port}")
    settings = (site.home / "licet.toml").read_text("utf-8")
    begin = settings.index("[connectors.iam]")
    end = settings.find("\n[", begin + 1)
    iam = settings[begin : None if end < 0 else end]
    badges = iam.replace("[connectors.iam]", "[connectors.badges]").replace(f":{scim.port}/", ":9/")
    (site.home / "licet.toml").write_text(f"{settings}\n{badges}\n", "utf-8")
    post_file = site.home / "positions" / "post.toml"
    post_file.write_text(post_file.read_text("utf-8") + '[targets.badges]\nfull = ["gate"]\n', "utf-8")
    site.start()
    until(lambda: site.rows("SELECT count(*) FROM standings")[0][0] == 3, "everybody was looked at")
    assert site.authority().push(order(1, "active", 1), now=datetime.now(UTC), id="r-1")[0] == 202
    until(lambda: site.rows("SELECT 1 FROM standings WHERE scope = 'full'"), "one may work")
    site.end()
    return site


@pytest.fixture
def parts(site):
    with site.parts() as opened:
        yield opened
        assert opened.job_runner.stop(60)


@pytest.fixture
def drafts(site):
    """Where drafts lie: one that also demands an exam."""
    folder = site.home / "drafts"
    folder.mkdir()
    text = (site.home / "positions" / "post.toml").read_text("utf-8")
    needs = text.replace('needs = ["licence"]', 'needs = ["licence", "exam"]').replace("[[ladder]]", EXAM)
    (folder / "exam.toml").write_text(needs, "utf-8")
    yield folder
    shutil.rmtree(folder)


_keys = iter(range(1_000_000))


def done(parts, **asked):
    """A job of its own key, once it is over."""
    job, begun = parts.jobs.ask({"key": f"found-{next(_keys)}", **asked})
    assert begun
    until(lambda: parts.job_runner.turn() and parts.jobs.one(job.id).over, "it is over")
    return parts.jobs.one(job.id)


# --- what if


def test_a_draft_of_rules_is_judged_as_the_command_judges_it_and_the_store_names_nobody(parts, site, drafts):
    job = done(parts, kind="what-if", draft="exam.toml")
    assert (job.state, job.counts) == ("succeeded", {"gaining": 0, "losing": 1, "people": 3})
    found = parts.jobs.result(job.id)
    told = json.loads(run("rules", "what-if", "-c", str(site.home), str(drafts / "exam.toml"), "--json").stdout)
    effects = [{name: each[name] for name in ("person", "name", "position", "effect")} for each in found["effects"]]
    assert effects == [{"person": "E1", "name": "人1", "position": "post", "effect": "loses"}]
    assert effects == [{name: each[name] for name in effects[0]} for each in told["effects"]]
    [(stored,)] = site.rows(f"SELECT result FROM jobs WHERE id = '{job.id}'")
    assert "人1" not in stored and '"E1"' not in stored


def test_a_folder_of_drafts_is_one_draft(parts, drafts):
    (drafts / "spring" / "positions").mkdir(parents=True)
    shutil.move(drafts / "exam.toml", drafts / "spring" / "positions" / "post.toml")
    assert done(parts, kind="what-if", draft="spring").counts["losing"] == 1


NOT_THERE = ["other", "../positions/post.toml", "..", ".", "", "exam.toml/", "/etc/passwd", "notes.txt", ".hidden.toml"]


@pytest.mark.parametrize("name", [*NOT_THERE, "linked.toml", "x" * 5000])
def test_only_what_lies_among_the_drafts_is_looked_at(parts, drafts, site, name):
    (drafts / "notes.txt").write_text("")
    (drafts / ".hidden.toml").write_text("")
    (drafts / "linked.toml").symlink_to(site.home / "positions" / "post.toml")
    with pytest.raises(PayloadError) as refused:
        parts.jobs.ask({"kind": "what-if", "draft": name, "key": "not-there"})
    assert (refused.value.code, refused.value.where) == ("ref.unknown-name", "/draft")
    assert "exam.toml" in refused.value.message and len(refused.value.message) < 400


def test_without_any_draft_it_is_said_that_there_is_none(parts):
    with pytest.raises(PayloadError, match="expected one of: none is here"):
        parts.jobs.ask({"kind": "what-if", "draft": "exam.toml", "key": "none"})


@pytest.mark.parametrize(
    ("text", "code"), [("id = [", "config.invalid"), ('id = "post"\n', "config.invalid"), (None, "config.file")]
)
def test_a_draft_that_cannot_be_read_says_where_and_why_in_both_languages(parts, drafts, text, code):
    wrong = drafts / "wrong.toml"
    wrong.write_text(text or "", "utf-8")
    job, _ = parts.jobs.ask({"kind": "what-if", "draft": "wrong.toml", "key": f"wrong-{text}-"[:12].replace(" ", "")})
    if text is None:
        wrong.unlink()  # somebody took it away before it was looked at
    until(lambda: parts.job_runner.turn() and parts.jobs.one(job.id).over, "it is over")
    failed = parts.jobs.one(job.id)
    assert (failed.state, failed.code) == ("failed", code)
    findings = parts.jobs.result(job.id)["findings"]
    assert findings and all("wrong.toml" in each["detail"] and "wrong.toml" in each["detail_zh"] for each in findings)
    assert findings[0]["detail"] != findings[0]["detail_zh"]


# --- reports


def test_figures_are_kept_as_they_were(parts):
    closings = done(parts, kind="report", report="closings")
    found = parts.jobs.result(closings.id)
    assert [each["sink"] for each in found["rows"]] == [each.sink for each in parts.controls.figures()]
    assert (closings.counts, found["report"]) == ({"rows": 2}, "closings")
    connectors = parts.jobs.result(done(parts, kind="report", report="connectors").id)
    authority = next(each for each in connectors["rows"] if each["name"] == "authority")
    assert authority["balance"]["applied"] == 1 and authority["balanced"]
    assert "E1" not in str(connectors) and "人" not in str(found)


def test_a_report_that_there_is_not_names_those_that_there_are(parts):
    with pytest.raises(PayloadError, match="found 'people', expected one of: closings, connectors"):
        parts.jobs.ask({"kind": "report", "report": "people", "key": "none"})


# --- the log


def test_the_log_is_written_into_a_folder_that_strangers_can_check(parts, site):
    job = done(parts, kind="export")
    found = parts.jobs.result(job.id)
    assert found["folder"] == f"data/exports/{job.id}" and job.counts == {"entries": found["entries"]}
    assert found["entries"] > 10 and verify([str(site.home / found["folder"]), "--key", found["key"]]) == 0
    assert not list((site.home / "data" / "exports").glob("*.half"))


def test_what_a_hub_that_died_has_left_of_it_is_written_anew(parts, site):
    exports = site.home / "data" / "exports"
    job, _ = parts.jobs.ask({"kind": "export", "key": "half"})
    other = UUID(int=7)
    for left in (job.id, f"{job.id}.half", f"{other}.half"):
        (exports / left / "tile").mkdir(parents=True)
        (exports / left / "entries.jsonl").write_bytes(b"half a line")
    until(lambda: parts.job_runner.turn() and parts.jobs.one(job.id).over, "it is over")
    found = parts.jobs.result(job.id)
    assert verify([str(site.home / found["folder"]), "--key", found["key"]]) == 0
    assert not list(exports.glob("*.half"))


def test_the_last_folders_are_kept_and_what_others_put_there_is(parts, site):
    exports = site.home / "data" / "exports"
    shutil.rmtree(exports, ignore_errors=True)
    older = [str(UUID(int=n)) for n in range(KEPT_EXPORTS + 3)]
    for name in [*older, "notes", "00000000"]:
        (exports / name).mkdir(parents=True)
    job = done(parts, kind="export")
    assert {each.name for each in exports.iterdir()} == {*older[-KEPT_EXPORTS + 1 :], job.id, "notes", "00000000"}


def exporting(parts, place, floor=0, before=lambda: None):
    """Does exports into a folder of its own; ``before`` hears of each entry."""

    class Heard(Space):
        def require(self):
            before()
            super().require()

    export = Export(parts.trail, place, lambda: parts.signing.vkey, Heard(parts._data, floor, parts.clock))
    stores = {"writer": parts.writer, "database": parts.database, "clock": parts.clock}
    return JobRunner({"export": export}, **stores, activator=parts.activators.jobs, owner="exporter")


def test_one_that_is_cancelled_in_the_middle_leaves_no_folder(parts, tmp_path):
    begun, gate = Event(), Event()

    def before():
        begun.set()
        assert gate.wait(60)

    runner = exporting(parts, tmp_path / "exports", before=before)
    job, _ = parts.jobs.ask({"kind": "export", "key": "cancelled"})
    runner.turn()
    assert begun.wait(60)
    assert parts.jobs.cancel(job.id).cancelling
    runner.break_off()  # so that the very next entry hears of it
    gate.set()
    until(lambda: parts.jobs.one(job.id).over, "it is over")
    assert parts.jobs.one(job.id).state == "cancelled" and runner.stop(60)
    assert list((tmp_path / "exports").iterdir()) == []


def test_where_the_disk_is_short_of_room_nothing_is_written(parts, tmp_path):
    runner = exporting(parts, tmp_path / "exports", floor=1 << 60)
    job, _ = parts.jobs.ask({"kind": "export", "key": "short"})
    runner.turn()
    until(lambda: parts.jobs.one(job.id).over and runner.stop(60), "it is over")
    told = parts.jobs.one(job.id).json()
    assert (told["error"]["code"], told["error"]["retryable"], told["error"]["retry_after"]) == ("disk.low", True, 30)
    assert list((tmp_path / "exports").iterdir()) == []


def test_where_nothing_can_be_written_it_says_so(parts, tmp_path):
    (tmp_path / "exports").write_text("a file stands there")
    runner = exporting(parts, tmp_path / "exports")
    job, _ = parts.jobs.ask({"kind": "export", "key": "no-folder"})
    runner.turn()
    until(lambda: parts.jobs.one(job.id).over and runner.stop(60), "it is over")
    assert parts.jobs.one(job.id).code == "file.system"


# --- all doors


def test_a_sweep_looks_at_every_access_system_also_where_one_is_away(parts, scim):
    before = scim.call("GET", "/Groups")
    job = done(parts, kind="sweep")
    assert (job.state, job.code) == ("failed", "peer.unreachable"), "badges is away"
    assert job.counts["differences"] == 1, "room is not open at iam, as nothing is enforced"
    assert scim.call("GET", "/Groups") == before
    assert done(parts, kind="reconcile", sink="iam").state == "succeeded"
