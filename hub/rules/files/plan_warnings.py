"""What somebody should look at in the training plan before its sessions are held."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from hub.rules.files.finding import Finding
from schemas.learning import Session
from schemas.words import Words

LONG = timedelta(hours=5)
_MINUTE = 60


def breaks_without_place(sessions: Iterable[Session], now: datetime) -> Iterator[Finding]:
    """Courses with sessions ahead that last over five hours and have a break of which nobody said when it is.

    Such a break is paid by time away whenever that is, and cut off presence otherwise.
    """
    by_course: dict[str, list[Session]] = {}
    for each in sorted(sessions, key=lambda one: (one.starts_at, one.subject)):
        if now < each.starts_at and each.ends_at - each.starts_at > LONG and not each.cancelled and _unplaced(each):
            by_course.setdefault(each.course, []).append(each)
    for course, found in sorted(by_course.items()):
        minutes, first = _unplaced(found[0]) // _MINUTE, found[0].subject
        yield Finding(
            "training plan",
            0,
            (course,),
            Words(
                f"{len(found)} sessions over 5 h with a break that has no place, the first {first!r} ({minutes} min)",
                f"{len(found)} 个超过 5 小时的场次有未注明时段的休息，首个为 {first!r}（{minutes} 分钟）",
            ),
            Words(
                "breaks such as 12:00-13:00: else time away at any hour pays for it",
                "休息时段，如 12:00-13:00；否则任何时段的离开都会抵作休息",
            ),
            refused=False,
        )


def _unplaced(session: Session) -> int:
    """Seconds of breaks of which nobody said when they are."""
    return session.break_seconds - sum(int((each.end - each.start).total_seconds()) for each in session.pauses)
