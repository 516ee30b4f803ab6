"""What lint says of a change of rules that would close more people at once than the guard lets pass."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from hub.assembly import Assembly
from hub.cli.activation import effects_of_files
from hub.cli.counting import Counting
from hub.cli.folder import opened
from hub.clock import site_time
from hub.config.drafts import read_draft
from hub.config.folder import HubFolder, read_folder
from hub.parts.asked import AHEAD
from hub.rules.files.finding import Finding
from hub.rules.span import Span
from hub.views.crowds import Crowd, crowds, holders_of
from hub.views.what_if import Effects
from schemas.errors import LicetError
from schemas.words import Words

_EXPECTED = Words(
    "a change in steps, or with holders_keep_until; else HR is asked about the whole wave",
    "分步变更，或设置 holders_keep_until；否则整批关闭须由人力资源决定",
)


def crowding(folder: Path, drafts: Sequence[Path]) -> Iterator[Finding]:
    """A warning for each wave, of the folder's own files or of drafts; none where the hub was never started."""
    with ExitStack() as opening:
        try:
            coming, parts = read_folder(folder), opening.enter_context(opened(folder))
            _ = parts.database
        except LicetError:  # nobody is judged by such a folder yet; what is wrong with it says `check`
            return
        if not drafts:
            yield from _waves(parts, coming, effects_of_files(parts, coming))
        now = parts.clock.now()
        for each in drafts:
            draft = read_draft(parts.folder, each)
            yield from _waves(parts, draft.folder, parts.drafted(draft, Span(now, now + AHEAD), now, Counting()))


def _waves(parts: Assembly, coming: HubFolder, effects: Effects | None) -> Iterator[Finding]:
    if effects is None:
        return
    with parts.database.reading() as session:
        holders = holders_of(effects, session)
    files = {each.id: file for file, each in coming.position_files.items()}
    for each in crowds(effects, holders):
        yield Finding(files.get(each.position, each.position), 0, (), _found(each, coming), _EXPECTED, refused=False)


def _found(crowd: Crowd, folder: HubFolder) -> Words:
    at, many = site_time(crowd.at, folder.zone), f"{crowd.people} of {crowd.holders} people of {crowd.position}"
    return Words(
        f"a change that closes {many} at once ({crowd.cause}, {at}); the guard lets {crowd.limit} pass",
        f"该变更将于 {at} 因 {crowd.cause} 同时关闭 {crowd.position} 在岗 {crowd.holders} 人中的 {crowd.people} 人，"
        f"超过保护上限 {crowd.limit} 人",
    )
