"""What a correction rests on: a reason, a document, and who answers for it; and where one person is not enough."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.identity.operators import folded
from hub.identity.profiles import Profile
from schemas.errors import CallError
from schemas.words import Words

ONE_ALONE = timedelta(hours=4)
"""One person may credit or excuse so much; more takes a second one."""
OLD = timedelta(days=31)
"""What lies further back than this takes a second person."""
AHEAD = timedelta(minutes=5)

_NO_REASON = Words("", "")


@dataclass(frozen=True, slots=True)
class Basis:
    """Reason, the document that shows it (its bytes; only their digest is kept), and who does it, two where needed."""

    reason: str
    document: bytes
    actors: Sequence[str]


@dataclass(frozen=True, slots=True)
class Weight:
    """What a correction moves: so much time of so many people, of a whole class or not, how long ago."""

    time: timedelta = timedelta()
    at: datetime | None = None
    whole_class: bool = False
    is_over: bool = False
    """Whether it takes somebody off what is over already."""
    always_two: Words = _NO_REASON
    """Why it takes two people however small it is."""

    def two_because(self, now: datetime) -> Words:
        """Why a second person is needed; empty where one is enough."""
        if self.always_two:
            return self.always_two
        if self.whole_class:
            return Words("it settles a whole class", "此决定涉及整班")
        if self.is_over:
            return Words("the session is over", "培训场次已结束")
        if self.time > ONE_ALONE:
            hours = ONE_ALONE // timedelta(hours=1)
            return Words(f"it is about more than {hours} hours", f"涉及超过 {hours} 小时")
        is_old = self.at is not None and now - self.at > OLD
        return Words("it lies more than 31 days back", "距今超过 31 天") if is_old else _NO_REASON


def check(
    basis: Basis, weight: Weight, concerned: Iterable[Profile], now: datetime, managers: Iterable[Profile] = ()
) -> None:
    """Refuse what lacks a reason, a document, somebody who answers for it, or the second person where one is needed.

    ``managers`` are those of whom it concerns: about their own reports they do not decide alone.

    Raises:
        CallError: What is missing, and what to do.
    """
    if not basis.reason.strip():
        raise CallError(Words("a correction needs its reason: --reason TEXT", "更正须注明理由：--reason 理由"))
    if not basis.document:
        raise CallError(
            Words(
                "a correction needs the document that shows it: --evidence FILE, not an empty one",
                "更正须附证明材料，且不得为空文件：--evidence 文件",
            )
        )
    if weight.at is not None and weight.at > now + AHEAD:
        raise CallError(
            Words(
                f"found {weight.at.isoformat()}, which lies ahead, expected a day or an instant that has been",
                f"现为 {weight.at.isoformat()}，晚于现在，应为已过去的日期或时刻",
            )
        )
    acting = {name for each in basis.actors if (name := folded(each))}
    if not acting:
        raise CallError(Words("a correction needs who does it: --by NAME", "更正须注明操作人：--by 姓名"))
    for person in concerned:
        if acting & _called(person):
            raise CallError(
                Words(
                    f"{person.employee_no}: nobody decides about themselves; another person has to",
                    f"{person.employee_no}：不得为本人作出决定，须由另一人操作",
                )
            )
    because = weight.two_because(now)
    if not because and any(acting & _called(each) for each in managers):
        because = Words("it is about somebody who reports to who decides", "涉及操作人的下属")
    if because and len(acting) < 2:
        who = next(iter(acting))
        raise CallError(
            Words(
                f"found {who!r} alone, expected two different people, as {because}",
                f"操作人仅有 {who!r}，须由两名不同人员操作，因为{because.zh}",
            ),
            cure=Words(
                "let another person agree, then the same command with both: --by NAME --by OTHER",
                "经另一人同意后，以两人名义再次执行该命令：--by 姓名 --by 另一人",
            ),
        )


def _called(person: Profile) -> set[str]:
    mail = person.addresses.get("mail", "")
    names = (person.employee_no, person.name, mail, mail.partition("@")[0])
    return {name for each in names if (name := folded(each))}


def is_called(person: Profile, name: str) -> bool:
    """Whether a person is known by a name: as number, name or address."""
    return folded(name) in _called(person)
