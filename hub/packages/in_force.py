"""Which rules are in force: those of the folder while its posts are observed, then those that were taken last.

Once a post is enforced, what a file says of it otherwise waits until somebody takes it who saw who would lose by it.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import orjson

from hub.access.modes import Modes
from hub.config.folder import HubFolder
from hub.config.rule_files import COURSES_FILE
from hub.identity.operators import Acting
from hub.rules.files.finding import Finding, UnreadableFile
from hub.rules.files.reading import read_courses, read_position
from hub.store.commit import Tx
from hub.store.statement import Connection
from hub.store.tables import rules as sql
from schemas.errors import ConfigError
from schemas.position import Course, Position
from schemas.words import Words

CODE, UNREADABLE = "rules.waiting", "rules.unreadable"
_CURE = Words(
    "`licet rules activate --losing N --by NAME` shows who would lose what, and takes them",
    "用 `licet rules activate --losing 人数 --by 姓名` 核对将失去权限的人员并启用",
)


class Rules(NamedTuple):
    """Position files by their names, and the courses."""

    positions: Mapping[str, Position]
    courses: Mapping[str, Course]

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> "Rules":
        """Rules as they are written, by path.

        Raises:
            UnreadableFile: One cannot be read.
        """
        positions = {file: read_position(text, file) for file, text in texts.items() if file != COURSES_FILE}
        return cls(positions, read_courses(texts.get(COURSES_FILE, ""), COURSES_FILE))

    def versions(self, post: str) -> list[Position]:
        """The versions of a post in the order of their days, whatever their files are called."""
        found = [each for each in self.positions.values() if each.id == post]
        return sorted(found, key=lambda each: each.effective_from or date.min)

    def courses_of(self, posts: Collection[str]) -> set[str]:
        """The courses that some posts count, with those that are replaced by them."""
        rules = [rule for each in self.positions.values() if each.id in posts for rule in each.requirement.values()]
        named = {course for rule in rules for course in getattr(rule, "courses", ())}
        named |= {course for rule in rules if (course := getattr(rule, "course", None))}
        return named | {old for each in named if each in self.courses for old in self.courses[each].replaces}


def digest_of(texts: Mapping[str, str]) -> str:
    """By what a set of documents is known."""
    return hashlib.sha256(orjson.dumps(sorted(texts.items()))).hexdigest()


def digest_taken(session: Connection) -> str:
    """The digest of the set that was taken last, as the log says; empty before the first start."""
    row = session.one(sql.last_taken, {})
    return "" if row is None else str(orjson.loads(row.body)["documents"])


def documents_taken(session: Connection) -> Mapping[str, str] | None:
    """The set that was taken last, by path; nothing before the first start.

    Raises:
        ConfigError: ``rules.changed``: the store has others than the log says were taken.
    """
    digest = digest_taken(session)
    if not digest:
        return None
    found = {row.path: row.text for row in session.all(sql.documents, {"digest": digest})}
    if digest_of(found) != digest:
        raise ConfigError(
            Words(
                "the rules in the store are not those that the log says were taken",
                "存储中的规则与日志记录的已启用规则不一致",
            ),
            "rules.changed",
            cure=Words(
                "stop and keep everything; `licet audit verify` says since when",
                "停止使用并保留现场，用 `licet audit verify` 查明",
            ),
        )
    return found


def enforced_posts(session: Connection) -> set[str]:
    """The posts of which it was said that they are enforced, from whatever day."""
    modes = Modes.read(session).rows.items()
    return {name for (scope, name), mode in modes if scope == "position" and mode.enforced_from is not None}


def must_wait(taken: Rules, coming: Rules, enforced: Collection[str]) -> bool:
    """Whether others than those who are only observed would be judged otherwise than by what was taken.

    Rules come into force as a whole: an edited file of an observed post waits with them.
    """
    if any(taken.versions(post) != coming.versions(post) for post in enforced):
        return True
    courses = taken.courses_of(enforced)
    return any(taken.courses.get(each) != coming.courses.get(each) for each in courses)


def waiting(taken: Rules, coming: Rules) -> Iterator[Finding]:
    """What stands otherwise in the files than in the rules that are in force."""
    expected = Words("the rules that are in force", "与现行规则一致")
    for file in sorted({*taken.positions, *coming.positions}):
        before, after = taken.positions.get(file), coming.positions.get(file)
        if before != after:
            yield Finding(file, 0, (), _found(before, after), expected, refused=False, code=CODE, cure=_CURE)
    if taken.courses != coming.courses:
        found = Words("other courses", "课程有变更")
        yield Finding(COURSES_FILE, 0, (), found, expected, refused=False, code=CODE, cure=_CURE)


def _found(before: Position | None, after: Position | None) -> Words:
    if before is None:
        return Words("a new file, which is not in force", "新文件，尚未启用")
    if after is None:
        return Words("no such file; what it said stays in force", "文件缺失，原规则继续有效")
    return Words("other rules, which are not in force", "规则有变更，尚未启用")


def keep(folder: HubFolder, tx: Tx) -> None:
    """Note by which rules the hub judges that begins; an alarm, where files of its folder wait.

    Raises:
        ConfigError: ``rules.waiting``: others were in force, a post is enforced, and nobody took these.
    """
    if folder.waiting:
        tx.log("alarm", code=CODE if folder.unread is None else UNREADABLE)
    if digest_of(folder.texts) == digest_taken(tx.session):
        return
    before = documents_taken(tx.session)
    if before is not None and _held_back(before, folder.texts, enforced_posts(tx.session)):
        raise ConfigError(
            Words("other rules are in force than were read; start again", "读取的规则不是现行规则，请重新启动"),
            CODE,
        )
    take(folder.texts, tx)


def _held_back(before: Mapping[str, str], texts: Mapping[str, str], enforced: Collection[str]) -> bool:
    try:
        taken = Rules.of(before)
    except UnreadableFile:  # of another version, that this one does not read: nobody can say what they change
        return bool(enforced)
    return must_wait(taken, Rules.of(texts), enforced)


def take(texts: Mapping[str, str], tx: Tx, **about: Any) -> None:
    """Have rules in force from now on, whole; ``about``: who took them, and how many would lose something."""
    digest = digest_of(texts)
    if not tx.session.all(sql.documents, {"digest": digest}):
        for path, text in texts.items():
            tx.session.run(sql.insert_document, {"digest": digest, "path": path, "text": text})
    tx.log("taken", documents=digest, **about)


def take_instead(before: Mapping[str, str], texts: Mapping[str, str], acting: Acting, losing: int, tx: Tx) -> None:
    """Have rules in force as somebody says who saw how many lose by them, compared with those of before.

    Raises:
        ConfigError: Others than those of before are in force by now.
    """
    if digest_of(before) != digest_taken(tx.session):
        raise ConfigError(
            Words("other rules were taken meanwhile; look once more", "其间已启用其他规则，请重新核对"),
            CODE,
        )
    take(texts, tx, actor=acting.member(tx), count=losing)
