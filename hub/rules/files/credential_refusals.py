"""What a credential of a position file may not say: windows that cannot be judged, ends of which nobody is warned."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hub.rules.calendar import add
from hub.rules.files.finding import Finding, Path
from hub.rules.files.position_file import PositionFile, rests_on
from schemas.position import Credential, Demand, Position
from schemas.words import Words

_OPEN = ("stint", "ever")
_ORIGIN = datetime(2027, 1, 1, tzinfo=UTC)
_UTC = ZoneInfo("UTC")


def credential_refusals(file: PositionFile, name: str, rule: Credential) -> Iterator[Finding]:
    """Everything for which a credential of a position file is not taken."""
    at = ("credential", name)
    if rule.own and rule.grant is not None and not _shows_learning(file.position, rule.grant.needs):
        yield file.refuse(
            (*at, "grant"),
            Words("no hours, course, exam or practical", "没有学时、课程、考试或实操要求"),
            Words("a need that shows learning", "能体现培训的要求"),
        )
    if rule.grant is not None and rule.grant.over in ("cycle", "credential_year"):
        yield file.refuse(
            (*at, "grant"),
            f"over = {rule.grant.over!r}",
            Words("a window ahead of the credential: stint ...", "取得资质之前的期间，如 stint"),
        )
    if rule.extend is not None and rule.provisional_for is None:
        yield file.refuse((*at, "extend"), "extend", Words("provisional_for beside it", "同时填写 provisional_for"))
    for check in rule.checks:
        if rule.valid_for is not None and _longer(check.before, rule.valid_for):
            yield file.refuse(
                (*at, "checks"),
                check.before,
                Words(f"less than it is valid for, {rule.valid_for}", f"短于有效期 {rule.valid_for}"),
            )
    for demand in rule.demands:
        yield from _demand(file, (*at, "demands"), rule, demand)


def _demand(file: PositionFile, at: Path, rule: Credential, demand: Demand) -> Iterator[Finding]:
    if not rule.own and demand.on_shortfall != "note":
        shown = f"{demand.needs!r} with on_shortfall = {demand.on_shortfall!r}"
        yield file.refuse(
            at,
            shown,
            Words("note: an authority's credential ends by its own word", "note：认证机构的资质以该机构的通知为准"),
        )
    if demand.over in _OPEN:
        yield file.refuse(
            at,
            f"{demand.needs!r} over {demand.over!r}",
            Words("a window that a renewal has: cycle, year ...", "续期可用的期间，如 cycle、year"),
        )
    kind = getattr(file.position.requirement.get(demand.needs), "kind", "")
    if kind in ("course", "exam") and demand.over in ("week", "month", "quarter"):
        yield file.refuse(
            at,
            f"{demand.needs!r}, {kind} over {demand.over!r}",
            Words("cycle or credential_year", "cycle 或 credential_year"),
        )
    if demand.cure is not None and _longer(demand.cure, _length(demand.over, rule)):
        yield file.refuse(
            at,
            f"cure = {demand.cure!r}",
            Words(
                f"less than the next period, {_length(demand.over, rule)}", f"短于下一期间 {_length(demand.over, rule)}"
            ),
        )
    if demand.on_shortfall == "lapse_now" and not _warned_before(rule, demand):
        yield file.refuse(
            at,
            Words("lapse_now without a check before its first due", "lapse_now，但首次到期前没有检查"),
            Words("a check that warns of it", "到期前提醒的检查（checks）"),
        )


def _shows_learning(position: Position, needs: Sequence[str]) -> bool:
    found = {*needs, *(each for name in needs for each in rests_on(position, name, set()))}
    kinds = {getattr(position.requirement.get(each), "kind", "") for each in found}
    return bool(kinds & {"hours", "course", "exam", "practical"})


def _warned_before(rule: Credential, demand: Demand) -> bool:
    """Whether a check comes before the first period is due: a year from the issue, or less."""
    length = rule.valid_for or "12 months"
    first = add(_ORIGIN, _length(demand.over, rule), _UTC)
    return any(add(add(_ORIGIN, length, _UTC), check.before, _UTC, -1) < first for check in rule.checks)


def _length(over: str, rule: Credential) -> str:
    if over == "cycle":
        return rule.valid_for or "12 months"
    if over.startswith("rolling "):
        return over.removeprefix("rolling ")
    return {"quarter": "3 months", "credential_year": "1 year"}.get(over, f"1 {over}")


def _longer(one: str, other: str) -> bool:
    return add(_ORIGIN, one, _UTC) > add(_ORIGIN, other, _UTC)
