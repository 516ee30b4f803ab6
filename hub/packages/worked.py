"""Worked cases of position rules: one person's evidence, and how the person stands on some days. They travel with them.

A case is a TOML file ``cases/<name>.toml``. Working days are the plain week there: every hub judges a case alike.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from hub.rules.calendar import last_valid_day
from hub.rules.fact import Fact, Rank
from hub.rules.files.finding import UnreadableFile
from hub.rules.files.reading import toml_of
from hub.rules.posts.dossier import Dossier, Rulebook, versions
from hub.rules.posts.standing import Standing, standings
from hub.rules.unit import Unit
from hub.wording import meant, scope_word
from mappings.records import record_class
from schemas.errors import PayloadError
from schemas.faults import faults_of
from schemas.position import Course, Position
from schemas.record import Record
from schemas.words import Words, named

FOLDER = "cases/"
_PERSON = "somebody"
_BEYOND = Words(
    "found a day or an instant beyond the calendar, expected one of the years 2000 to 2999",
    "现有超出日历范围的日期或时刻，应在 2000 年至 2999 年之间",
)
_MOST = 500
_SAYS = {"issuer": Rank.ISSUER, "register": Rank.REGISTER, "opening": Rank.OPENING}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _with_offset(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(
            Words(
                "an instant with its offset, for example 2026-03-02T09:00:00+08:00",
                "带时区的时刻，如 2026-03-02T09:00:00+08:00",
            )
        )
    return at


_At = Annotated[datetime, AfterValidator(_with_offset)]


class Attended(_Strict):
    """A class, or study of an online course, that was over then: minutes of so many, all of them unless said."""

    course: str
    over_at: _At
    minutes: int = Field(ge=0, le=100_000)
    of_minutes: int | None = Field(default=None, ge=1, le=100_000)
    completed: bool = Field(default=False, description="An online course was completed then.")


class Asked(_Strict):
    """How the person must stand at an instant: scope, the reasons of all holds, last valid days of credentials."""

    at: _At
    scope: str
    holds: tuple[str, ...] | None = None
    valid_until: dict[str, date] = Field(default_factory=dict)


class WorkedCase(_Strict):
    """One case. A line of ``evidence`` names its ``record``, and may say who says it (``by``), ``known_at`` when."""

    note: str = ""
    position: str
    evidence: tuple[dict[str, Any], ...] = Field(default=(), max_length=_MOST)
    attended: tuple[Attended, ...] = Field(default=(), max_length=_MOST)
    asked: tuple[Asked, ...] = Field(min_length=1, max_length=_MOST)


_KEYS = sorted({name for model in (WorkedCase, Asked, Attended) for name in model.model_fields})


def failures(
    texts: Mapping[str, str], positions: Sequence[Position], courses: Mapping[str, Course], zone: ZoneInfo
) -> Iterator[Words]:
    """What is wrong with the cases of position rules: a position without one, a case that is none, that comes out else.

    ``texts`` are the files of the cases, by name.
    """
    rulebook = _rulebook(positions, courses, zone)
    judged = set[str]()
    for file, text in texts.items():
        try:
            case = _read(text, file)
            judged.add(case.position)
            yield from (_in(file, each) for each in _differences(case, rulebook, courses))
        except UnreadableFile as error:
            yield error.message
        except PayloadError as error:
            yield _in(file, _in(error.where, Words(error.message, error.told("zh"))))
        except (ArithmeticError, ValueError):
            yield _in(file, _BEYOND)
    for position in rulebook.positions.keys() - judged:
        yield Words(
            f"{position}: found no worked case, expected one in {FOLDER}*.toml",
            f"{position}：没有用例，应在 {FOLDER}*.toml 中至少有一个",
        )


def _in(where: str, words: Words) -> Words:
    return Words(f"{where}: {words}", f"{where}：{words.zh}")


def _rulebook(positions: Sequence[Position], courses: Mapping[str, Course], zone: ZoneInfo) -> Rulebook:
    by_id: dict[str, list[Position]] = {}
    for each in positions:
        by_id.setdefault(each.id, []).append(each)
    replaced = {name: course.replaces for name, course in courses.items() if course.replaces}
    return Rulebook({id: versions(of, zone) for id, of in sorted(by_id.items())}, zone, replaced=replaced)


def _read(text: str, file: str) -> WorkedCase:
    try:
        return WorkedCase.model_validate(toml_of(text, file))
    except ValidationError as error:
        raise _wrong(error, _KEYS) from error


def _wrong(error: ValidationError, known: Iterable[str], at: str = "") -> PayloadError:
    """The first fault; a misspelt name before what is missing for it."""
    fault = min(faults_of(error), key=lambda each: each.code != "schema.unknown-field")
    near = meant(fault.at[-1], known) if fault.code == "schema.unknown-field" else named("")
    message = Words(
        f"found {fault.found}, expected {fault.expected}{near}",
        f"现为 {fault.found.zh}，应为 {fault.expected.zh}{near.zh}",
    )
    return PayloadError(fault.code, message, "/".join([*filter(None, [at]), *fault.at]))


def _differences(case: WorkedCase, rulebook: Rulebook, courses: Mapping[str, Course]) -> Iterator[Words]:
    if case.position not in rulebook.positions:
        near = meant(case.position, rulebook.positions)
        raise PayloadError(
            "schema.range",
            Words(
                f"found {case.position!r}, expected a position of these files{near}",
                f"现为 {case.position!r}，应为这些文件中的岗位{near.zh}",
            ),
            "position",
        )
    facts = tuple(_fact(n, each, case.position) for n, each in enumerate(case.evidence))
    units = tuple(_unit(n, each, courses) for n, each in enumerate(case.attended))
    for asked in case.asked:
        known = tuple(each for each in units if each.known_at <= asked.at)
        found = standings(Dossier(_PERSON, facts, known), rulebook, now=asked.at)
        yield from _compared(
            asked, next((each for each in found if each.position == case.position), None), rulebook.zone
        )


def _compared(asked: Asked, found: Standing | None, zone: ZoneInfo) -> Iterator[Words]:
    where = Words(f"on {asked.at.isoformat()}", asked.at.isoformat())
    scope = found.scope if found else "none"
    if scope != asked.scope:
        yield Words(
            f"{where}: found scope {scope}, expected {asked.scope}",
            f"{where.zh}：权限为{scope_word(scope, 'zh')}，应为{scope_word(asked.scope, 'zh')}",
        )
    holds = sorted({each.reason for each in found.holds}) if found else []
    if asked.holds is not None and holds != sorted(set(asked.holds)):
        yield Words(
            f"{where}: found holds {', '.join(holds) or 'none'}, expected {', '.join(sorted(asked.holds)) or 'none'}",
            f"{where.zh}：限制事由为 {'、'.join(holds) or '无'}，应为 {'、'.join(sorted(asked.holds)) or '无'}",
        )
    states = {each.credential: each for each in found.credentials} if found else {}
    for name, wanted in asked.valid_until.items():
        bound = states[name].bound if name in states else None
        day = last_valid_day(bound, zone) if bound is not None else None
        if day != wanted:
            yield Words(
                f"{where}: {name}: found valid until {day or 'never'}, expected {wanted}",
                f"{where.zh}：{name} 有效期至 {day or '无'}，应为 {wanted}",
            )


def _fact(n: int, said: Mapping[str, Any], position: str) -> Fact:
    at = f"evidence/{n}"
    values = {"subject": _PERSON, **said}
    name, by, stated = values.pop("record", None), values.pop("by", "issuer"), values.pop("known_at", None)
    model = record_class(name) if isinstance(name, str) else None
    if model is None:
        raise PayloadError(
            "schema.range",
            Words(
                f"found {name!r}, expected a record such as people.Assignment",
                f"现为 {name!r}，应为记录名，如 people.Assignment",
            ),
            f"{at}/record",
        )
    if by not in _SAYS:
        words = Words(f"found {by!r}, expected {', '.join(_SAYS)}", f"现为 {by!r}，应为 {'、'.join(_SAYS)}")
        raise PayloadError("schema.range", words, f"{at}/by")
    if "position" in model.model_fields:
        values.setdefault("position", position)
    try:
        record = model.model_validate_json(json.dumps(values, default=_written))
    except ValidationError as error:
        raise _wrong(error, model.model_fields, at) from error
    known = stated if isinstance(stated, datetime) and stated.tzinfo else _known(record, at)
    return Fact(f"case {n}", by, _SAYS[by], known, known, record)


def _known(record: Record, at: str) -> datetime:
    known = record.stated_at
    try:
        return known or record.at
    except AttributeError as error:
        words = Words("found no known_at, expected when it was said", "没有 known_at，应写明何时得知")
        raise PayloadError("schema.missing", words, at) from error


def _written(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(ZoneInfo("UTC")).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else str(value)


def _unit(n: int, said: Attended, courses: Mapping[str, Course]) -> Unit:
    at = f"attended/{n}"
    if said.course not in courses:
        near = meant(said.course, courses)
        words = Words(f"found {said.course!r}, expected a course{near}", f"现为 {said.course!r}，应为课程{near.zh}")
        raise PayloadError("schema.range", words, f"{at}/course")
    course = courses[said.course].in_force(said.over_at.date())
    online = course.mode == "online"
    if said.completed and not online:
        words = Words("found completed, expected it of an online course alone", "现有 completed，应仅用于在线课程")
        raise PayloadError("schema.range", words, f"{at}/completed")
    required = (said.minutes if said.of_minutes is None else said.of_minutes) * 60
    credited = min(said.minutes * 60, required)
    return Unit(
        f"case class {n}",
        "study" if online else "session",
        said.course,
        said.over_at - timedelta(seconds=max(required, 60)),
        said.over_at,
        required,
        credited,
        status="complete" if credited == required else "incomplete",
        category=course.category or "",
        study=f"case study {n}" if online else "",
        refs=(f"case class {n}",),
        known_at=said.over_at,
        completion="counted" if said.completed else "none",
        completed_at=said.over_at if said.completed else None,
    )
