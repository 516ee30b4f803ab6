"""What enforcing would change, as text for people, in Chinese or English: posts, causes and scopes by their names."""

from collections.abc import Iterator, Mapping, Sequence

from hub.views.hindrances import Hindrance
from hub.views.plan import PlannedChange, Reason
from hub.views.reasons import hold_word
from hub.wording import scope_word
from schemas.position import Position
from schemas.words import told

_WORDS = {
    "zh": {
        "present": "开通",
        "absent": "关闭",
        "sum": "{of}共 {all} 项：关闭 {absent} 项（{people} 人），开通 {present} 项",
        "of": "{of}：",
        "none": "{of}无须变更",
        "hinders": "尚有以下情况妨碍执行：",
        "nothing": "没有妨碍执行的情况",
        ",": "、",
        ";": "；",
        "post": "{post}：{scope}",
        "because": "（{causes}）",
        "hold": "{cause}：{reason}",
    },
    "en": {
        "present": "open",
        "absent": "close",
        "sum": "{of}{all} changes: {absent} close (of {people} people), {present} open",
        "of": "{of}: ",
        "none": "{of}nothing changes",
        "hinders": "what still hinders it:",
        "nothing": "nothing hinders it",
        ",": ", ",
        ";": "; ",
        "post": "{post}: {scope}",
        "because": " ({causes})",
        "hold": "{cause}: {reason}",
    },
}


class PlanText:
    """Tells planned changes in a language, with the names that positions have in it."""

    def __init__(self, positions: Mapping[str, Position], language: str) -> None:
        self._positions = positions
        self._language = language
        self._words = _WORDS[language]

    def lines(self, changes: Sequence[PlannedChange], of: str = "") -> Iterator[str]:
        """A line each change, what closes first; the sum last. ``of`` names the sink that they are of."""
        yield from map(self._line, changes)
        closing = [each for each in changes if each.wanted == "absent"]
        figures = {"all": len(changes), "absent": len(closing), "present": len(changes) - len(closing)}
        people = len({each.person for each in closing})
        named = self._words["of"].format(of=of) if of else ""
        yield self._words["sum" if changes else "none"].format(of=named, people=people, **figures)

    def hindered(self, hindrances: Sequence[Hindrance]) -> Iterator[str]:
        """What hinders, each with its command below."""
        yield self._words["hinders" if hindrances else "nothing"]
        for each in hindrances:
            yield f"  - {told(each.words, self._language)}"
            if each.command:
                yield f"    → {each.command}"

    def _line(self, change: PlannedChange) -> str:
        verb = self._words[change.wanted]
        why = self._words[";"].join(map(self._reason, change.reasons))
        return f"{verb}  {change.person} {change.name}  {change.sink}/{change.target}  {why}"

    def _reason(self, reason: Reason) -> str:
        position = self._positions.get(reason.position)
        post = reason.position if position is None else getattr(position.name, self._language)
        said = self._words["post"].format(post=post, scope=scope_word(reason.scope, self._language))
        causes = self._words[","].join(self._hold(cause, why, position) for cause, why in reason.holds)
        return said + (self._words["because"].format(causes=causes) if causes else "")

    def _hold(self, cause: str, why: str, position: Position | None) -> str:
        word = hold_word(why, self._language)
        if position is None or cause not in position.names:
            return word
        return self._words["hold"].format(cause=getattr(position.named(cause), self._language), reason=word)
