"""What somebody should look at in position files, although they can be taken."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from hub.rules.files.finding import Finding
from hub.rules.files.position_file import PositionFile, rests_on
from hub.rules.files.source_text import SourceText
from hub.rules.workdays import Workdays
from schemas.position import AnyOfRequirement, Course, Credential, Demand, HoursRequirement, Position, Requirement, Use
from schemas.words import Words

_HALF = Decimal("0.5")


def warnings(file: PositionFile, courses: Mapping[str, Course] | None, today: date) -> Iterator[Finding]:
    """Everything to look at in one position file."""
    yield from _rungs(file)
    for name, rule in file.position.credential.items():
        yield from _demands(file, name, rule)
        yield from _citation(file, name, rule, today)
    if file.position.risk == "high" and not file.position.hazards:
        yield file.warn(
            ("risk",),
            Words("high risk, without hazards", "高风险，但未填写 hazards"),
            Words("what is dangerous about the post, in words", "写明岗位的危险因素"),
        )
    if file.position.risk == "high":
        yield from _loosened(file, courses or {})


def shared_courses(files: Sequence[PositionFile]) -> Iterator[Finding]:
    """Courses that two posts name: a class then counts for both, unless one says exclusive."""
    named: dict[str, str] = {}
    for each in files:
        for name, rule in each.position.requirement.items():
            for course in getattr(rule, "courses", ()):
                first = named.setdefault(course, each.position.id)
                if first != each.position.id and not getattr(rule, "exclusive", False):
                    path = ("requirement", name, "courses")
                    yield each.warn(
                        path,
                        Words(f"{course!r}, named by {first} too", f"{course!r}，岗位 {first} 也使用"),
                        Words("that a class counts for both posts", "同一课程计入两个岗位"),
                    )


def calendar_missing(workdays: Workdays, today: date) -> Iterator[Finding]:
    """The yearly file of the statutory calendar that is missing: without it, deadlines count plain weekdays."""
    year = workdays.missing_year(today)
    if year is not None:
        expected = Words(
            f"the statutory holidays of {year} and the weekends worked in exchange",
            f"{year} 年法定节假日与调休安排",
        )
        found, file = Words("no such file", "没有该文件"), f"calendar/{year}.toml"
        lines = f"`holidays = [{year}-01-01, …]`", f"`worked_weekends = [{year}-02-14, …]`"
        cure = Words(
            f"write {file} with the lines {lines[0]} and {lines[1]}",
            f"新建 {file}，内容为 {lines[0]} 和 {lines[1]} 两行",
        )
        yield Finding(file, 0, (), found, expected, refused=False, cure=cure)


def _has_a_way(rule: Requirement, reach: Collection[str]) -> bool:
    """Whether a requirement is met by one of its ways wherever all of some needs are."""
    return isinstance(rule, AnyOfRequirement) and any(set(way) <= set(reach) for way in rule.of)


def _rungs(file: PositionFile) -> Iterator[Finding]:
    """A rung without the needs of the one below; a formal credential stands for its provisional one."""
    position, below = file.position, set[str]()
    for n, rung in enumerate(position.ladder):
        mine = {each.needs if isinstance(each, Use) else each for each in rung.needs}
        reach = {*mine, *(each for name in mine for each in rests_on(position, name, set()))}
        reach |= {name for name, rule in position.credential.items() if rule.provisional_for in mine}
        reach |= {name for name, rule in position.requirement.items() if _has_a_way(rule, reach)}
        if not rung.includes_lower and (missing := sorted(below - reach)):
            path = ("ladder", str(n), "needs")
            yield file.warn(
                path,
                Words(f"{rung.scope} without {', '.join(missing)}", f"{rung.scope} 缺少 {'、'.join(missing)}"),
                Words("the needs of the rung below", "下一级别的全部要求"),
            )
        below = mine


def _demands(file: PositionFile, name: str, rule: Credential) -> Iterator[Finding]:
    for demand in rule.demands:
        asked = file.position.requirement.get(demand.needs)
        path = ("credential", name, "demands")
        if isinstance(asked, HoursRequirement) and asked.at_least_hours is None:
            yield file.warn(
                path,
                Words(f"{demand.needs!r}, a rate without hours", f"{demand.needs!r} 只有出勤率，没有学时"),
                Words("hours too: nothing offered is met", "同时要求学时，否则不开课即达标"),
            )
        if demand.over == "month" and demand.on_shortfall == "no_renewal":
            yield file.warn(
                path,
                Words(f"{demand.needs!r} over month with no_renewal", f"{demand.needs!r} 按月且 no_renewal"),
                Words("note: debts add up", "note：欠缺学时会累计"),
            )
        yield from _ends(file, name, rule, demand)


def _ends(file: PositionFile, name: str, rule: Credential, demand: Demand) -> Iterator[Finding]:
    """A calendar demand and a cycle that share no end: the running period belongs to the next cycle."""
    fixed = rule.ends_on in ("12-31", "06-30", "09-30", "03-31")
    if rule.own and demand.over in ("quarter", "year") and demand.on_shortfall != "note" and not fixed:
        judged = Words(
            f"only {demand.over}s that close within a cycle are judged in it",
            f"周期内结束的 {demand.over} 才计入该周期",
        )
        yield file.warn(
            ("credential", name, "demands"),
            Words(f"{demand.needs!r} over {demand.over}", f"{demand.needs!r} 按 {demand.over} 计"),
            judged,
        )


def _citation(file: PositionFile, name: str, rule: Credential, today: date) -> Iterator[Finding]:
    if rule.cite is None:
        if rule.issuer == "authority" and rule.renewal_rule is None:
            expected = Words(
                "cite: the text, when it was checked, when to look again", "cite：条文、核对日期、下次核对日期"
            )
            yield file.warn(("credential", name), Words("no citation", "没有引用依据"), expected)
    elif rule.cite.next_review_on < today:
        shown = Words(
            f"a citation to be reviewed by {rule.cite.next_review_on}, last read on {rule.cite.checked_on}",
            f"引用依据应于 {rule.cite.next_review_on} 前核对，上次核对 {rule.cite.checked_on}",
        )
        yield file.warn(
            ("credential", name, "cite"), shown, Words("that somebody looks at the text again", "重新核对条文")
        )


def courses_unnamed(courses: Mapping[str, Course], source: SourceText, file: str) -> Iterator[Finding]:
    """Courses without a name: mail and pages say their ids instead, which mean nothing to who reads them."""
    for id, course in courses.items():
        if course.name is None:
            line, column = source.place_of((id,))
            cure = Words(
                f'add the line name = {{ zh = "…", en = "…" }} to [{id}]',
                f'在 [{id}] 中补充一行 name = {{ zh = "…", en = "…" }}',
            )
            found, wanted = Words("nothing", "未填写"), Words("its name in both languages", "中英文名称")
            yield Finding(file, line, (id, "name"), found, wanted, column=column, refused=False, cure=cure)


def citations_past(file: PositionFile, today: date) -> Iterator[Finding]:
    """Citations at which somebody should have looked again by now."""
    for name, rule in file.position.credential.items():
        if rule.cite is not None:
            yield from _citation(file, name, rule, today)


def _loosened(file: PositionFile, courses: Mapping[str, Course]) -> Iterator[Finding]:
    """At high risk: what was made easier than the defaults, or not asked."""
    position = file.position
    if position.unknown.settle_as == "absent":
        yield file.warn(
            ("unknown", "settle_as"), "absent", Words("excused: silence is not evidence", "excused：没有记录不等于缺勤")
        )
    for name in sorted(_courses(position)):
        course = courses.get(name)
        if course is None or course.mode != "online":
            continue
        path = ("requirement", min(_naming(position, name)))
        if course.min_share < _HALF:
            yield file.warn(
                path,
                Words(f"course {name!r}: min_share {course.min_share}", f"课程 {name!r}：min_share {course.min_share}"),
                Words("0.5 or more at high risk", "高风险岗位不低于 0.5"),
            )
        if course.time_evidence == "none":
            yield file.warn(
                path,
                Words(f"course {name!r}: time_evidence none", f"课程 {name!r}：time_evidence none"),
                Words("required: a click is not study", "required：点击不等于学习"),
            )
        if not course.popups:
            yield file.warn(
                path,
                Words(f"course {name!r}: no pop-up questions", f"课程 {name!r}：没有弹题"),
                Words("`popups = true` at high risk", "高风险岗位设 `popups = true`"),
            )


def _courses(position: Position) -> set[str]:
    rules = position.requirement.values()
    several = {course for rule in rules for course in getattr(rule, "courses", ())}
    return several | {course for rule in rules if (course := getattr(rule, "course", None))}


def _naming(position: Position, course: str) -> Iterator[str]:
    for name, rule in position.requirement.items():
        if course in getattr(rule, "courses", ()) or getattr(rule, "course", None) == course:
            yield name
