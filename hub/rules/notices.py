"""What a standing gives reason to tell: access granted or restricted, a credential that ends, an exam that is open."""

from collections.abc import Iterable
from datetime import datetime

from hub.rules.dossier import Hold
from hub.rules.judgement import Judgement, latest
from hub.rules.ladder import Climb
from hub.rules.lives import Life
from hub.rules.position import rank
from schemas.notice import Audience, Notice, NoticeKind
from schemas.position import AnyOfRequirement, CredentialRequirement, ExamRequirement

_Figures = tuple[tuple[str, str], ...]


def notices(judged: Judgement, reached: Climb) -> tuple[Notice, ...]:
    """All there is reason to tell at this instant. A second call is harmless: cause and stage make each one once."""
    return (
        *_granted(judged, reached),
        *_warnings(judged, reached.scope),
        *_restrictions(judged, reached),
        *_exams(judged),
    )


def _granted(judged: Judgement, reached: Climb) -> Iterable[Notice]:
    scope, since = reached.scope, reached.since
    if since is not None:
        yield _notice(judged, "granted", scope, f"{scope}@{since.isoformat()}", since, (("scope", scope),))


def _warnings(judged: Judgement, scope: str) -> Iterable[Notice]:
    for name in _credentials_of(judged, scope):
        life = judged.life(name)
        end = life.state.valid_until
        if life.state.status == "active" and end is not None:
            warn = judged.warned_at(end)
            if warn <= judged.now < end:
                yield _warning(judged, name, life, end, warn)


def _warning(judged: Judgement, name: str, life: Life, end: datetime, warn: datetime) -> Notice:
    """To the holder what is missing; to HR, where it is an own one and nothing is, that it can be renewed."""
    unmet = [each for each in life.parts if each.state != "met"]
    figures = [("credential", _title(judged, name)), ("valid_until", end.isoformat())]
    figures += [figure for each in life.parts for figure in each.figures]
    if life.state.own and not unmet:
        at = max(warn, latest(life.parts))
        return _notice(judged, "renewal_due", name, end.isoformat(), at, tuple(figures), audience="hr")
    figures += [("missing", _title(judged, each.requirement)) for each in unmet]
    return _notice(judged, "expiry_warning", name, end.isoformat(), warn, tuple(figures))


def _restrictions(judged: Judgement, reached: Climb) -> Iterable[Notice]:
    """What took a scope away that the person had: every need of the rung was met once, in this post."""
    for rung in judged.position.ladder:
        ended = {name: _ended_at(judged, name) for name in rung.needs if judged.stands_since(name) is None}
        if any(at is None or at <= judged.assignment.starts_at for at in ended.values()):
            return
        for hold in reached.holds:
            if hold.cause in ended and hold.below == rung.scope:
                yield _restricted(judged, hold, reached.scope, ended[hold.cause] or judged.now)


def _restricted(judged: Judgement, hold: Hold, scope: str, ended: datetime) -> Notice:
    cures = (("cure_zh", hold.cure_zh), ("cure_en", hold.cure_en))
    figures = (("credential", _title(judged, hold.cause)), ("scope", scope), *cures)
    return _notice(judged, "restricted", hold.cause, ended.isoformat(), ended, figures)


def _ended_at(judged: Judgement, name: str) -> datetime | None:
    """Since when a need that was met before is so no more."""
    ended = dict(judged.finding(name).figures).get("ended")
    if ended is not None:
        return datetime.fromisoformat(ended)
    last = judged.last_run(name)
    return None if last is None else last.end


def _exams(judged: Judgement) -> Iterable[Notice]:
    """Who has all the rest may take the exam of a credential."""
    for name in judged.position.credential:
        parts = judged.life(name).parts
        exams = [p for p in parts if isinstance(judged.position.requirement.get(p.requirement), ExamRequirement)]
        rest = [p for p in parts if p not in exams]
        if not rest or any(each.state != "met" for each in rest):
            continue
        since = latest(rest)
        for each in exams:
            if each.state != "met":
                figures = (("exam", _title(judged, each.requirement)),)
                yield _notice(judged, "exam_open", each.requirement, since.isoformat(), since, figures)


def _notice(
    judged: Judgement,
    kind: NoticeKind,
    cause: str,
    stage: str,
    at: datetime,
    figures: _Figures,
    audience: Audience = "person",
) -> Notice:
    return Notice(
        kind=kind, audience=audience, position=judged.position.id, cause=cause, stage=stage, at=at, figures=figures
    )


def _title(judged: Judgement, name: str) -> str:
    known = judged.named(name)
    return name if known is None else f"{known.zh} {known.en}"


def _credentials_of(judged: Judgement, scope: str) -> list[str]:
    """Credentials on which a scope depends."""
    rungs = [rung for rung in judged.position.ladder if rank(rung.scope) <= rank(scope)]
    return sorted({name for rung in rungs for each in rung.needs for name in _credentials_in(judged, each)})


def _credentials_in(judged: Judgement, name: str) -> list[str]:
    rule = judged.position.requirement.get(name)
    if isinstance(rule, CredentialRequirement):
        return [rule.credential]
    if isinstance(rule, AnyOfRequirement):
        return [found for way in rule.of for each in way for found in _credentials_in(judged, each)]
    return [name] if name in judged.position.credential else []
