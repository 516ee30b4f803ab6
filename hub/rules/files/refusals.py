"""What a position file may not say: names that lead nowhere, windows that cannot be judged, empty grants."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase

from hub.rules.files.credential_refusals import credential_refusals
from hub.rules.files.finding import Finding
from hub.rules.files.names import names_refused
from hub.rules.files.position_file import PositionFile, rests_on
from hub.rules.posts.rungs import rank
from schemas.nearest import did_you_mean
from schemas.position import (
    Course,
    HoursRequirement,
    Use,
)
from schemas.words import Words

PROTECTED = frozenset({"mail", "im", "lms", "exits"})
"""Targets, and sinks, that no position may open or close, whatever a folder says of others."""

_OPEN = ("stint", "ever")


def refusals(
    file: PositionFile, courses: Mapping[str, Course] | None, protected: Collection[str] = PROTECTED
) -> Iterator[Finding]:
    """Everything for which one position file is not taken."""
    yield from names_refused(file, courses)
    yield from _circles(file)
    yield from _ladder(file)
    yield from _targets(file, protected)
    for name, rule in file.position.credential.items():
        yield from credential_refusals(file, name, rule)
    yield from _exclusive(file)


def versions_refused(files: Sequence[PositionFile], activated_on: date | None = None) -> Iterator[Finding]:
    """What versions of one position may not be: two on one day, or one in force before it was activated.

    ``files`` are in the order of their days; the first one may lie back. ``activated_on``: the day of the last one.
    """
    seen: dict[date | None, PositionFile] = {}
    for n, each in enumerate(files):
        day = each.position.effective_from
        if n and day is None:
            first = files[0].file
            found = Words(
                f"{each.position.id!r}, as in {first}, and no effective_from",
                f"{each.position.id!r}，与 {first} 相同，且没有 effective_from",
            )
            expected = Words(
                "an id of its own; or, in a later version of that post, effective_from = DAY",
                "不同的 id；如系该岗位的后续版本，须填写 effective_from = 日期",
            )
            yield replace(each.refuse(("id",), found, expected), cure=_one_of_both(files[0], each))
        elif day in seen:
            other = seen[day]
            said = each.refuse(
                ("effective_from",),
                Words(f"{day}, the day of {other.file}", f"{day}，与 {other.file} 相同"),
                Words("a day of its own", "不同的日期"),
            )
            yield replace(said, cure=_one_of_both(other, each))
        seen[day] = each
    last = files[-1].position.effective_from if files else None
    if len(files) > 1 and last is not None and activated_on is not None and last < activated_on:
        yield files[-1].refuse(
            ("effective_from",),
            str(last),
            Words(f"{activated_on}, the day of its activation, or later", f"启用日 {activated_on} 或更晚"),
        )


def _one_of_both(first: PositionFile, second: PositionFile) -> Words:
    """What is done about two files of which either may be the one that is wrong."""
    where = first.source.place_of(("id",))
    en = f"remove the one of {first.file} and {second.file} that is not meant"
    zh = f"{first.file} 与 {second.file} 只保留应有的一个"
    if first.position.effective_from == second.position.effective_from:
        return Words(
            f"{en}; or change id ({first.file}:{where[0]}:{where[1]}) or effective_from in one of them",
            f"{zh}；或更改其中之一的 id（{first.file}:{where[0]}:{where[1]}）或 effective_from",
        )
    return Words(
        f"{en}; or write the later version's first day into it: effective_from = 2027-01-01",
        f"{zh}；或在后续版本中写明起始日：effective_from = 2027-01-01",
    )


def _circles(file: PositionFile) -> Iterator[Finding]:
    position = file.position
    for name in (*position.credential, *position.requirement):
        if name in rests_on(position, name, set()):
            table = "credential" if name in position.credential else "requirement"
            yield file.refuse(
                (table, name),
                Words(f"that {name!r} rests on itself", f"{name!r} 以自身为依据"),
                Words("other evidence", "其他依据"),
            )


# --- ladder and targets --------------------------------------------------------------------------------------


def _ladder(file: PositionFile) -> Iterator[Finding]:
    scopes = [rung.scope for rung in file.position.ladder]
    if sorted(scopes, key=rank) != scopes or len(set(scopes)) != len(scopes) or "none" in scopes:
        yield file.refuse(
            ("ladder",),
            ", ".join(scopes),
            Words("scopes that rise, each once, without none", "由低到高、不重复、不含 none 的权限级别"),
        )
    for n, rung in enumerate(file.position.ladder):
        if rung.scope == "full" and rung.mentors:
            yield file.refuse(
                ("ladder", str(n), "mentors"),
                Words("mentors on full", "在 full 上设有监护人"),
                Words("none: mentors hold full themselves", "不设：监护人本身须为 full"),
            )
        for each in rung.needs:
            name, over = (each.needs, each.over) if isinstance(each, Use) else (each, "stint")
            rule = file.position.requirement.get(name)
            is_open = over in _OPEN or over.startswith("rolling ")
            rate = isinstance(rule, HoursRequirement) and rule.at_least_rate is not None
            if is_open and rate and not rung.accept_open:
                yield file.refuse(
                    ("ladder", str(n), "needs"),
                    Words(
                        f"{name!r}, a rate over {over}: one later missed class takes the scope away",
                        f"{name!r} 为 {over} 内的出勤率：以后缺一次课即失去权限",
                    ),
                    Words("a credential, or accept_open = true", "资质，或 accept_open = true"),
                )
            if over in ("cycle", "credential_year"):
                yield file.refuse(
                    ("ladder", str(n), "needs"),
                    f"over = {over!r}",
                    Words(
                        "a window that a ladder has: stint, ever, year, rolling 12 months ...",
                        "阶梯可用的期间：stint、ever、year、rolling 12 months 等",
                    ),
                )


def _targets(file: PositionFile, protected: Collection[str]) -> Iterator[Finding]:
    scopes = [rung.scope for rung in file.position.ladder]
    for sink, by_scope in file.position.targets.items():
        for scope in scopes:
            if scope not in by_scope:
                expected = Words("what it opens there, [] if nothing", "该级别开通的权限组，没有则写 []")
                yield file.refuse(
                    ("targets", sink), Words(f"nothing of the rung {scope}", f"缺少级别 {scope}"), expected
                )
        for scope, targets in by_scope.items():
            if scope not in scopes:
                hint = did_you_mean(scope, scopes)
                rungs = Words(f"a rung of the ladder: {', '.join(scopes)}", f"阶梯中的级别：{'、'.join(scopes)}")
                yield file.refuse(("targets", sink, scope), scope, rungs, hint)
            for target in targets:
                shown = f"{sink}/{target}"
                if any(fnmatchcase(name, each) for each in protected for name in (sink, target, shown)):
                    yield file.refuse(
                        ("targets", sink, scope),
                        shown,
                        Words("a target that a post may open and close", "岗位可开通和关闭的权限组"),
                    )


def _exclusive(file: PositionFile) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for name, rule in sorted(file.position.requirement.items()):
        if not isinstance(rule, HoursRequirement) or not rule.exclusive:
            continue
        for course in rule.courses:
            if course in taken:
                shown = Words(
                    f"{name!r} and {taken[course]!r} both exclusive on {course!r}",
                    f"{name!r} 与 {taken[course]!r} 都独占 {course!r}",
                )
                yield file.refuse(("requirement", name, "exclusive"), shown, Words("one of them", "只由其中一项独占"))
            taken[course] = name
