"""Lists, read page by page as far as they can be: who stands in one, and whether that is certainly everybody."""

from hashlib import sha256
from typing import Generic, NamedTuple, TypeVar

from connectors.dialogue.answers import Answers
from connectors.generic.rest_door.settings import ListOperation
from connectors.listings import MOST_PAGES
from schemas.door import Account, Answer, Member
from schemas.words import Words

_MOST, _MOST_EMPTY = 100_000, 10
"""Entries of one list, and pages in a row that bring nothing, as systems give them that filter after they have cut."""
EntryT = TypeVar("EntryT", Account, Member)


class Listing(NamedTuple, Generic[EntryT]):
    """A list as it was shown: who stands in it, whether it is certain that nobody else does, and its evidence."""

    entries: tuple[EntryT, ...]
    whole: bool
    evidence: dict[str, str]
    pages: int = 1

    @property
    def subjects(self) -> frozenset[str]:
        """The names of who stands in it."""
        return frozenset(each.subject for each in self.entries)


class Reading(Generic[EntryT]):
    """How far a list was read."""

    def __init__(self, answers: Answers, operation: ListOperation, form: str) -> None:
        self._answers, self._operation, self._form = answers, operation, form
        self._entries: dict[tuple[str, str], EntryT] = {}
        self._count, self._page, self._cursor = 0, operation.first_page, ""
        self._read = self._empty = 0
        self._total: int | None = None
        self._cursors = {""}
        self._asked, self._shown = sha256(), sha256()
        self.is_over = self._whole = self._twice = False

    @property
    def place(self) -> dict[str, object]:
        """What to ask for next."""
        size = self._operation.page_size
        return {"page": self._page, "offset": self._count, "size": size, "cursor": self._cursor}

    def take(self, entries: list[EntryT], count: int, said: Answer) -> None:
        """Take a page: its entries, and how many of any kind it has.

        Raises:
            UnavailableError: ``peer.bad-answer``.
        """
        if self._total is not None and said.total not in (None, self._total):
            raise self._odd(
                Words(
                    f"there were {self._total}, and now {said.total}: it changed while it was read",
                    f"总数原为 {self._total}，现为 {said.total}：读取期间有变化",
                )
            )
        named = {_name(each): each for each in entries}
        fresh = {name: each for name, each in named.items() if name not in self._entries}
        brings = len(fresh) > 0 or count > len(entries)
        self._twice |= self._count > 0 and len(fresh) < len(named)
        self._entries.update(fresh)
        self._total = self._total if said.total is None else said.total
        self._count, self._page = self._count + count, self._page + 1
        if self._count > min(_MOST, self._count if self._total is None else self._total):
            raise self._odd(
                Words(
                    f"read {self._count}, though there are {self._total}",
                    f"已读取 {self._count}，而总数为 {self._total}",
                )
            )
        self._read, self._empty = self._read + 1, 0 if brings else self._empty + 1
        if self._read > MOST_PAGES or self._empty > _MOST_EMPTY:
            raise self._odd(
                Words(
                    f"{self._read} pages, the last {self._empty} of them with nothing new, and no end",
                    f"已读取 {self._read} 页，最后 {self._empty} 页没有新内容，仍未到末尾",
                )
            )
        if self._total is not None:
            self._to_its_total(said, brings=brings)
        elif not self._goes_on(said):
            self._end(whole="cursor" in self._operation.places or self._operation.whole)
        elif self._operation.by_number and not brings:
            self._twice = False  # the last page once more, or none
            self._end(whole=True)

    def note(self, asked: str, shown: bytes) -> None:
        """Take down a question and its answer."""
        self._asked.update(asked.encode())
        self._shown.update(shown)

    def listing(self) -> Listing[EntryT]:
        """All that was read."""
        evidence = {
            "request_sha256": self._asked.hexdigest(),
            "answer_sha256": self._shown.hexdigest(),
            self._form: str(len(self._entries)),
        }
        return Listing(tuple(self._entries.values()), self._whole and not self._twice, evidence, self._read)

    def _to_its_total(self, said: Answer, *, brings: bool) -> None:
        if self._count == self._total:
            self._end(whole=True)
        elif not brings or not self._goes_on(said):
            raise self._odd(
                Words(
                    f"read {self._count} of {self._total}, and no page brings more",
                    f"已读取 {self._count}/{self._total}，后续页没有更多内容",
                )
            )

    def _goes_on(self, said: Answer) -> bool:
        """Whether there is another page to ask for."""
        if "cursor" not in self._operation.places:
            return self._operation.by_number
        if said.next and said.next in self._cursors:
            raise self._odd(Words("it goes on where it began", "下一页指回起点"))
        self._cursor = said.next
        self._cursors.add(said.next)
        return bool(said.next)

    def _end(self, *, whole: bool) -> None:
        self.is_over, self._whole = True, whole

    def _odd(self, what: Words) -> Exception:
        return self._answers.odd(Words(f"{self._form}: {what}", f"{self._form}：{what.zh}"), write=False)


def _name(entry: Account | Member) -> tuple[str, str]:
    """What tells entries of one list from each other: of one account there is one for each of its targets."""
    return entry.subject, entry.target if isinstance(entry, Member) else ""
