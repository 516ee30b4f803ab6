"""The questions that are proved, each answered for every person there could be, or by one person of whom it fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

import z3

from hub.proving.evidence import Unknowns
from hub.proving.meaning import Meaning
from hub.proving.story import NOW, Line, Story, story_of
from hub.rules.posts.dossier import Rulebook, versions
from hub.rules.posts.rungs import rank
from hub.rules.posts.standing import Standing, standings
from schemas.position import Position, Use

Question = Literal["ladder", "ended", "nobody_new", "nobody_less", "renewal"]
Answer = Literal["proved", "refuted", "undecided"]


@dataclass(frozen=True, slots=True)
class Proof:
    """An answer. ``story`` is a person of whom it fails, whom the engine judged: ``scopes`` by each file, in order.

    ``undecided``: the solver could not look into what ``about`` names, or the engine judged the person otherwise.
    """

    question: Question
    subject: str
    answer: Answer
    story: tuple[Line, ...] = ()
    scopes: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


def of_one(position: Position, zone: ZoneInfo) -> list[Proof]:
    """What is asked of a single file: that the ladder is monotone, and that nobody stands when all has ended."""
    return [*_ladder(position, zone), _ended(position, zone)]


def of_two(draft: Position, present: Position, zone: ZoneInfo) -> list[Proof]:
    """What is asked of a draft and the file that holds: whom it admits newly, whom no longer, how it renews."""
    unknowns = Unknowns()
    new, old = Meaning(draft, unknowns), Meaning(present, unknowns)
    more, less = _gains(old, new), _gains(new, old)

    def differ(first: Position, second: Position) -> Callable[[Story], tuple[str, ...]]:
        def judged(story: Story) -> tuple[str, ...]:
            scopes = tuple(_standing(story, each, zone).scope for each in (draft, present))
            by = dict(zip(("draft", "present"), scopes, strict=True))
            found = {"draft": _open(draft, by["draft"]), "present": _open(present, by["present"])}
            gained = found["draft" if first is draft else "present"] - found["draft" if second is draft else "present"]
            higher = rank(by["draft"]) - rank(by["present"])
            return scopes if gained or (higher > 0 if first is draft else higher < 0) else ()

        return judged

    return [
        _answer("nobody_new", draft.id, unknowns, more, (new, old), differ(draft, present)),
        _answer("nobody_less", draft.id, unknowns, less, (new, old), differ(present, draft)),
        *_renewals(draft, present),
    ]


def _ladder(position: Position, zone: ZoneInfo) -> Iterator[Proof]:
    for number in range(1, len(position.ladder)):
        unknowns = Unknowns()
        meaning = Meaning(position, unknowns)
        upper, lower = position.ladder[number], position.ladder[number - 1]
        fails = z3.And(meaning.rung(number), z3.Not(meaning.rung_or_formal(number - 1)))
        needs = {each.needs if isinstance(each, Use) else each for each in lower.needs}

        def judged(story: Story, needs: set[str] = needs, scope: str = upper.scope) -> tuple[str, ...]:
            found = _standing(story, position, zone)
            met = {each.requirement for each in found.verdicts if each.state == "met"}
            return (found.scope,) if rank(found.scope) >= rank(scope) and needs - met else ()

        yield _answer("ladder", f"{upper.scope} > {lower.scope}", unknowns, fails, (meaning,), judged)


def _ended(position: Position, zone: ZoneInfo) -> Proof:
    unknowns = Unknowns()
    meaning = Meaning(position, unknowns)
    fails = z3.And(meaning.scope() > 0, z3.Not(meaning.in_force()))

    def judged(story: Story) -> tuple[str, ...]:
        scope = _standing(story, position, zone).scope
        return (scope,) if scope != "none" else ()

    return _answer("ended", position.id, unknowns, fails, (meaning,), judged)


def _gains(before: Meaning, after: Meaning) -> z3.BoolRef:
    """Whether somebody reaches more after than before: a higher scope, or a target."""
    sinks = after.position.targets.items()
    places = {(sink, target) for sink, scopes in sinks for targets in scopes.values() for target in targets}
    opened = [z3.And(after.opens(*place), z3.Not(before.opens(*place))) for place in sorted(places)]
    return z3.Or(after.scope() > before.scope(), *opened)


def _answer(
    question: Question,
    subject: str,
    unknowns: Unknowns,
    fails: z3.BoolRef,
    meanings: tuple[Meaning, ...],
    judged: Callable[[Story], tuple[str, ...]],
) -> Proof:
    """The answer: a person of whom it fails is only believed if the engine says so too."""
    person = unknowns.someone(fails)
    if person is None:
        return Proof(question, subject, "proved")
    story = story_of(person, meanings[0].position.id)
    scopes = judged(story)
    if scopes:
        return Proof(question, subject, "refuted", story.lines, scopes)
    taken = {thing[1] for thing, value in person.items() if thing[0] == "opaque" and value}
    opaque = {name for meaning in meanings for name in meaning.opaque}
    return Proof(question, subject, "undecided", story.lines, about=tuple(sorted(taken or opaque)))


def _renewals(draft: Position, present: Position) -> Iterator[Proof]:
    """Whether credentials hold as long, and are renewed by the same: files that differ there are told, not proved."""
    for name in sorted({*draft.credential, *present.credential}):
        after, before = draft.credential.get(name), present.credential.get(name)
        if after is None or before is None or (not after.own and not before.own):
            continue
        unproved = ("valid_for", "ends_on", "at_least", "demands", "renewal", "restore_within", "extend", "deferral")
        members = [each for each in unproved if getattr(after, each) != getattr(before, each)]
        if not members and after.demands and _requirements(draft) != _requirements(present):
            changed = {each.needs for each in after.demands} & _changed(draft, present)
            members = [f"demands: {each}" for each in sorted(changed)]
        yield Proof("renewal", name, "undecided" if members else "proved", about=tuple(members))


def _requirements(position: Position) -> dict[str, object]:
    return {name: rule.model_dump(exclude={"name"}) for name, rule in position.requirement.items()}


def _changed(draft: Position, present: Position) -> set[str]:
    after, before = _requirements(draft), _requirements(present)
    return {name for name in after.keys() | before.keys() if after.get(name) != before.get(name)}


def _open(position: Position, scope: str) -> set[tuple[str, str]]:
    return {(sink, target) for sink, scopes in position.targets.items() for target in scopes.get(scope, ())}


def _standing(story: Story, position: Position, zone: ZoneInfo) -> Standing:
    book = Rulebook({position.id: versions([position], zone)}, zone)
    [found] = standings(story.dossier, book, now=NOW)
    return found
