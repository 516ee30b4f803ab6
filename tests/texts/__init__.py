"""Every mail, refusal, cure and answer to why in both languages: golden files, made by ``python -m tests.texts``.

They are read as texts when they change: a word that nobody would write is a fault like any other.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

from connectors.port import Message
from hub.alarms.desk import Alarm
from hub.alarms.letter import letter
from hub.alarms.remedies import remedy
from hub.notification.hr_mails import NotTold, called, undelivered_mail, withdrawn_mail
from hub.notification.texts import Whom, render
from hub.rules.files.reading import read_courses, read_position
from hub.rules.posts.cures import CURES, cure
from hub.rules.values import Verdict
from schemas.errors import CODES
from schemas.notice import Audience, Notice, NoticeKind
from tests.texts.whys import whys

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LANGUAGES = ("zh", "en")
_POSITION = "hub/positions/dc-operations.toml"
_COURSES = "hub/examples/datacentre/courses.toml"
_ZONE = ZoneInfo("Asia/Shanghai")
_AT = datetime(2026, 2, 16, 1, tzinfo=UTC)

_CREDENTIAL = (
    ("last_valid_day", "2026-03-09"),
    ("annual-hours.hours", "26.0/40"),
    ("annual-hours.rate", "65.0%"),
    ("missing", "annual-hours"),
)
_FIGURES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "expiry_warning": _CREDENTIAL,
    "renewal_due": _CREDENTIAL[:2],
    "ends": _CREDENTIAL[:1],
    "cure_opened": (*_CREDENTIAL, ("cure_last_day", "2026-02-26")),
    "cure_missed": (*_CREDENTIAL, ("cure_last_day", "2026-02-26")),
    "granted": (("from", "supervised"), ("scope", "full")),
    "restricted": (
        ("from", "full"),
        ("scope", "none"),
        ("cure_zh", "数据中心运维资质：发证机构已于2026年2月16日吊销，须重新取证。"),
        ("cure_en", "Data centre qualification: revoked by its issuer on 2026-02-16; a new one is needed."),
    ),
    "announced": (("acts_at", "2026-03-01T00:00:00+08:00"),),
    "courses": (("course", "dc-safety"), ("course", "dc-ops-online"), ("first_day", "2026-03-02")),
    "exam_open": (("exam", "dc-ops-exam"),),
    "exam_closed": (("exam", "dc-ops-exam"),),
    "shortfall": (("annual-hours.hours", "26.0/40"), ("annual-hours.debt", "14.0")),
    "manning": (("until", "2026-07-07T16:00:00+00:00"),),
    "waits": (("waits_for", "not_warned"), ("until", "2026-07-07T16:00:00+00:00")),
}


_AUDIENCES: Mapping[str, Audience] = {"waits": "hr", "manning": "manager"}
_ALARMS = ("sink.unconfirmed", "roster.shrunk")

_OF_HOLD = (
    ("hours", "26.0/40"),
    ("rate", "65.0%"),
    ("score", "55"),
    ("practicals", "1/2"),
    ("open", "3.5"),
    ("ended", "2026-03-09T16:00:00+00:00"),
    ("debt", "4.0"),
)
_PART = Verdict("annual-hours", "not_met", figures=_OF_HOLD[:1])
_LACKING = dict.fromkeys(
    ("parts_missing", "parts_unknown", "credential_lapsed", "ground_lost", "return_needs"), (_PART,)
)


def texts() -> Iterator[tuple[str, str]]:
    """Every golden file by its name, as it must be now."""
    for language in LANGUAGES:
        yield f"mails.{language}.txt", "\n\n".join(_mails(language)) + "\n"
        yield f"cures.{language}.txt", "".join(f"{reason}: {text}\n" for reason, text in _cures(language))
        yield f"why.{language}.txt", "\n\n".join(whys(language)) + "\n"
        yield f"codes.{language}.txt", "".join(f"{code}: {text}\n" for code, text in _codes(language))


def _mails(language: str) -> Iterator[str]:
    position = read_position((ROOT / _POSITION).read_text(encoding="utf-8"), _POSITION)
    courses = read_courses((ROOT / _COURSES).read_text(encoding="utf-8"), _COURSES)
    name = {"zh": "张三", "en": "Zhang San"}[language]
    for kind in get_args(NoticeKind):
        notice = Notice(
            kind=kind,
            position=position.id,
            cause="dc-ops-qualification",
            stage="golden",
            at=_AT,
            figures=_FIGURES[kind],
            audience=_AUDIENCES.get(kind, "person"),
        )
        yield _mail(kind, render(notice, position, Whom(name, "E1001"), language, _ZONE, courses))
    post, people = str(getattr(position.name, language)), [called(name, "E1001", language), called("", "", language)]
    times = (_AT, _AT + timedelta(minutes=5))
    yield _mail("withdrawals", withdrawn_mail([(post, 3)], people, 3, times, language, _ZONE))
    why = [getattr(CODES["mail.recipient"], language)]
    yield _mail("undelivered", undelivered_mail([NotTold(people[0], post, why)], _AT, language, _ZONE))
    alarms = [Alarm("a-1", code, "raised", {"connector": "iam"}, 2, _AT, _AT, None, 0) for code in _ALARMS]
    yield _mail("alarms", letter(alarms, "hub-1", language, _ZONE, more=True))


def _mail(kind: str, mail: Message) -> str:
    return f"=== {kind}\n{mail.subject}\n---\n{mail.text}"


def _cures(language: str) -> Iterator[tuple[str, str]]:
    """What removes each kind of hold."""
    position = read_position((ROOT / _POSITION).read_text(encoding="utf-8"), _POSITION)
    for reason in CURES:
        figures = _OF_HOLD if reason == "hours_owed" else _OF_HOLD[:-1]
        called = "hours_short" if reason == "hours_owed" else reason
        found = cure(called, figures, position, _ZONE, about="annual-hours", parts=_LACKING.get(reason, ()))
        yield reason, getattr(found, language)


def _codes(language: str) -> Iterator[tuple[str, str]]:
    """Each code in a language; of an alarm what to do, too."""
    for code, known in CODES.items():
        yield code, f"{getattr(known, language)} → {remedy(code, language)}"
