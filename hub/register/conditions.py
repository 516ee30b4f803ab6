"""What must be so before a document is taken: how it is classified, and who says it."""

from collections.abc import Collection, Sequence

from hub.identity.operators import folded
from hub.identity.profiles import Profile
from hub.intake.basis import is_called
from hub.register.incoming import PAPERS, Filing
from hub.wording import meant
from schemas.errors import CallError
from schemas.words import Words


def require_classified(filing: Filing, abouts: Collection[str]) -> None:
    """Return if its kind is one that there is, what it is about has a name here, and it ends after it begins.

    Raises:
        CallError: What is not so; the nearest name is told.
    """
    if filing.kind not in PAPERS:
        listed = ", ".join(PAPERS)
        raise CallError(
            Words(
                f"found kind {filing.kind[:64]!r}, expected one of {listed}{meant(filing.kind, PAPERS)}",
                f"类别为 {filing.kind[:64]!r}，应为下列之一：{listed}{meant(filing.kind, PAPERS).zh}",
            )
        )
    if filing.about not in abouts:
        near = meant(filing.about, abouts)
        raise CallError(
            Words(
                f"no position names a credential, exam or course {filing.about[:64]!r}{near}",
                f"岗位未使用资质、考核或课程 {filing.about[:64]!r}{near.zh}",
            ),
            cure=Words(
                "name one of a position file or of courses.toml; `licet check --json` lists positions and courses",
                "改为岗位文件或 courses.toml 中的名称；用 `licet check --json` 查看岗位与课程",
            ),
        )
    since, until = filing.validity
    if since is not None and until is not None and until <= since:
        raise CallError(
            Words(
                f"found validity until {until.isoformat()}, expected later than {since.isoformat()}",
                f"有效期截止 {until.isoformat()}，应晚于 {since.isoformat()}",
            )
        )


def require_others(filing: Filing, concerned: Profile | None) -> None:
    """Return if somebody files it, and nobody of them is the one whom it is about.

    Raises:
        CallError: Nobody does, or that one.
    """
    acting = [name for each in filing.actors if (name := folded(each))]
    if not acting:
        raise CallError(Words("a document needs who files it: --by NAME", "材料须注明提交人：--by 姓名"))
    if concerned is not None and any(is_called(concerned, name) for name in acting):
        raise CallError(
            Words(
                f"{filing.person}: nobody files documents about themselves; another person has to",
                f"{filing.person}：不得提交本人的材料，须由另一人操作",
            )
        )


def require_two(actors: Sequence[str], reason: str, because: Words) -> None:
    """Return if two different people say it, with a reason.

    Raises:
        CallError: They do not, and ``because`` of what they must.
    """
    if len({name for each in actors if (name := folded(each))}) < 2 or not reason.strip():
        raise CallError(
            Words(
                f"this takes two different people and a reason, as {because}: --by A --by B --reason TEXT",
                f"{because.zh}，须由两名不同人员操作并注明理由：--by 甲 --by 乙 --reason 理由",
            )
        )
