"""Names in position files that lead nowhere: requirements, credentials, courses and their categories, other posts."""

from collections.abc import Iterator, Mapping, Sequence

from hub.rules.files.finding import Finding, Path
from hub.rules.files.position_file import PositionFile
from schemas.nearest import did_you_mean
from schemas.position import (
    AllOfRequirement,
    AnyOfRequirement,
    Course,
    CredentialRequirement,
    HoursRequirement,
    Position,
    Use,
)
from schemas.words import Words


def names_refused(file: PositionFile, courses: Mapping[str, Course] | None) -> Iterator[Finding]:
    """Every name of one position file that stands for nothing, or for two things. Without courses none is judged."""
    position = file.position
    for name in sorted(set(position.requirement) & set(position.credential)):
        yield file.refuse(
            ("credential", name),
            Words(f"{name!r}, a requirement too", f"{name!r}，同时是培训要求的名称"),
            Words("one name for one thing", "不同事项使用不同名称"),
        )
    known = {*position.requirement, *position.credential}
    for path, name in _references(position):
        if name not in known:
            expected = Words("a requirement or credential of this file", "本文件中的培训要求或资质")
            yield file.refuse(path, repr(name), expected, did_you_mean(name, known))
    if courses is not None:
        yield from _courses(file, courses)
    rungs = ["none", *(rung.scope for rung in position.ladder)]
    if position.return_ is not None and position.return_.scope not in rungs:
        expected = Words(f"a rung of the ladder: {', '.join(rungs)}", f"阶梯中的级别：{'、'.join(rungs)}")
        scope = position.return_.scope
        yield file.refuse(("return", "scope"), repr(scope), expected, did_you_mean(scope, rungs))


def posts_refused(files: Sequence[PositionFile]) -> Iterator[Finding]:
    """Every credential of another post, ``post:name``, that the other one does not have in any of its versions."""
    known = {f"{each.position.id}:{name}" for each in files for name in each.position.credential}
    for each in files:
        for name, rule in each.position.requirement.items():
            if isinstance(rule, CredentialRequirement) and ":" in rule.credential and rule.credential not in known:
                expected = Words("post:name of a credential of another position", "“岗位:资质”，即其他岗位的资质")
                hint = did_you_mean(rule.credential, known)
                yield each.refuse(("requirement", name, "credential"), repr(rule.credential), expected, hint)


def _courses(file: PositionFile, courses: Mapping[str, Course]) -> Iterator[Finding]:
    for path, name in _course_names(file.position):
        if name not in courses:
            expected = Words("a course of courses.toml", "courses.toml 中的课程")
            yield file.refuse(path, repr(name), expected, did_you_mean(name, courses))
    for name, rule in file.position.requirement.items():
        if isinstance(rule, HoursRequirement) and all(course in courses for course in rule.courses):
            yield from _categories(file, name, rule, courses)


def _categories(
    file: PositionFile, name: str, rule: HoursRequirement, courses: Mapping[str, Course]
) -> Iterator[Finding]:
    """The categories of a requirement that none of its courses is of: hours of one would never be met."""
    versions = [each for course in rule.courses for each in courses[course].versions]
    known = {each.category for each in versions if each.category is not None}
    asked = [(("requirement", name, "groups"), group.category) for group in rule.groups]
    if rule.rollover is not None:
        asked.append((("requirement", name, "rollover"), rule.rollover.category))
    for path, category in asked:
        if category not in known:
            expected = Words(
                f"the category of one of its courses: {', '.join(sorted(known)) or 'they have none'}",
                f"其课程的 category：{'、'.join(sorted(known)) or '均未填写'}",
            )
            yield file.refuse(path, repr(category), expected, did_you_mean(category, known))


def _references(position: Position) -> Iterator[tuple[Path, str]]:
    for n, rung in enumerate(position.ladder):
        for each in rung.needs:
            yield ("ladder", str(n), "needs"), each.needs if isinstance(each, Use) else each
    for name, rule in position.credential.items():
        at = ("credential", name)
        yield from (((*at, "grant"), need) for need in (rule.grant.needs if rule.grant else ()))
        yield from (((*at, "demands"), demand.needs) for demand in rule.demands)
        if rule.provisional_for is not None:
            yield (*at, "provisional_for"), rule.provisional_for
    yield from _inner_references(position)


def _inner_references(position: Position) -> Iterator[tuple[Path, str]]:
    for name, rule in position.requirement.items():
        if isinstance(rule, AllOfRequirement):
            yield from ((("requirement", name, "of"), each) for each in rule.of)
        if isinstance(rule, AnyOfRequirement):
            yield from ((("requirement", name, "of"), each) for way in rule.of for each in way)
        if isinstance(rule, CredentialRequirement) and ":" not in rule.credential:
            yield ("requirement", name, "credential"), rule.credential
    if position.return_ is not None:
        yield from ((("return", "needs"), each) for each in position.return_.needs)


def _course_names(position: Position) -> Iterator[tuple[Path, str]]:
    for name, rule in position.requirement.items():
        for course in getattr(rule, "courses", ()):
            yield ("requirement", name, "courses"), course
        if (course := getattr(rule, "course", None)) is not None:
            yield ("requirement", name, "course"), course
