"""What an integrator sets for a system that is asked in rounds: what an answer says, pages, times, how often."""

from datetime import date, datetime
from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from connectors.vendor_server import Pointer
from schemas.record import ZoneName
from schemas.words import Words

TimeFormat = Literal[
    "iso", "iso_ms", "iso_offset", "local", "local_minutes", "date", "compact", "seconds", "milliseconds"
]
_PAGED_BY: dict[str, tuple[str, ...]] = {
    "page": ("page_parameter",),
    "offset": ("page_parameter", "size_parameter"),
    "cursor": ("page_parameter",),
    "next_url": ("next_at",),
}


class RoundSettings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for the rounds in which a system is asked."""

    # the answer
    form: str = Field(default="", description="Form of the mapping document; empty where it has one alone.")
    zone: ZoneName | None = Field(default=None, description="Zone of its local times, here and in the document.")
    success_at: Pointer | None = Field(default=None, description="Where an answer says whether it is one: /code.")
    success_is: tuple[str, ...] = Field(
        default=("0", "200", "true"), min_length=1, description="What stands there of a good one, as JSON writes it."
    )
    expired_is: tuple[str, ...] = Field(default=(), description="What stands there when the token has run out.")
    busy_is: tuple[str, ...] = Field(default=(), description="What stands there when it is asked too often.")
    message_at: Pointer | None = Field(
        default=None, description="Where its words for people stand, which are shown with a failure; no secret."
    )
    items: Pointer | None = Field(
        default=None, description="Where the list of items is; an answer whose list is empty brings nothing."
    )

    # pages
    pages: Literal["none", "page", "offset", "cursor", "next_url", "link"] = Field(
        default="none",
        description="How further pages are asked for: by number, by how many items came, by a cursor of the last "
        "answer, by a URL in it, or by its Link header.",
    )
    page_parameter: str = Field(default="", description="Name of the number, offset or cursor.")
    first_page: int = Field(default=1, ge=0, description="Number of the first page.")
    size_parameter: str = Field(default="", description="Name of how many items a page shall have.")
    page_size: int = Field(default=100, ge=1, le=100_000, description="How many that is.")
    next_at: Pointer | None = Field(default=None, description="Where an answer has the next cursor or URL.")
    last_at: Pointer | None = Field(
        default=None, description="Where the last item of an answer has it (its id), for servers that want that."
    )
    last_cursors: tuple[str, ...] = Field(
        default=("",), description="Cursors that mean the end, beside one that is not there."
    )
    more_at: Pointer | None = Field(default=None, description="Where an answer says true if there is another page.")
    total_at: Pointer | None = Field(default=None, description="Where it says how many items there are in all.")
    pages_at: Pointer | None = Field(default=None, description="Where it says how many pages there are in all.")
    most_pages: int = Field(default=10_000, ge=1, le=1_000_000, description="More pages are taken for a mistake.")
    keep_cursor: bool = Field(
        default=False, description="A round begins with the last cursor of the one before (feeds of changes)."
    )

    # time
    since_parameter: str = Field(default="", description="Name of the instant from which on items are asked for.")
    until_parameter: str = Field(default="", description="Name of the instant until which.")
    time_format: TimeFormat = Field(
        default="iso",
        description="How they are written: 2026-03-02T01:00:00Z, the same with .000Z or the offset of `zone`; local in "
        "`zone`: 2026-03-02 09:00:00, without seconds, the date alone, 20260302090000; or Unix time.",
    )
    start: datetime | date | None = Field(default=None, description="From when on, at the very first.")
    overlap_seconds: int = Field(
        default=300,
        ge=0,
        le=31 * 86_400,
        description="How long before the end of the last window a window begins: at least as late as the system may "
        "hear of things, and as its clock may differ. What comes twice counts once.",
    )
    behind_seconds: int = Field(default=0, ge=0, le=86_400, description="How long before now a window ends.")
    window_seconds: int | None = Field(
        default=None, ge=60, le=366 * 86_400, description="Longest window that it takes; a longer time is cut up."
    )
    complete: bool = Field(
        default=False,
        description="What happened is known there after `overlap_seconds` at the latest: then what is missing did not "
        "happen. Otherwise that stays unknown.",
    )

    # how much
    requests_per_minute: float | None = Field(
        default=None, gt=0, le=60_000, description="So often at most it is asked, log-ins included, evenly."
    )
    deadline_seconds: float = Field(default=15.0, gt=0, le=300, description="Longest wait for an answer.")
    most_bytes: int = Field(
        default=16 << 20, ge=1024, le=256 << 20, description="Longest answer, after unpacking, in bytes."
    )

    @model_validator(mode="after")
    def _fits_rounds(self) -> Self:
        for wrong, en, zh in (*self._answers(), *self._pages(), *self._times()):
            if wrong:
                raise ValueError(Words(en, zh))
        return self

    def _answers(self) -> list[tuple[bool, str, str]]:
        return [
            (
                bool(self.expired_is or self.busy_is) and self.success_at is None,
                "success_at: expected beside expired_is and busy_is",
                "success_at：expired_is 与 busy_is 须与其一同填写",
            ),
        ]

    def _pages(self) -> list[tuple[bool, str, str]]:
        missing = [name for name in _PAGED_BY.get(self.pages, ()) if not getattr(self, name)]
        if self.pages in ("page", "offset") and self.items is None:
            missing.append("items")
        if self.pages == "cursor" and not (self.next_at or (self.last_at and self.items is not None)):
            missing.append("next_at (or last_at with items)")
        if self.total_at and self.items is None:
            missing.append("items")
        shown = ", ".join(missing)
        return [
            (bool(missing), f"pages = {self.pages}: expected {shown}", f"pages = {self.pages}：应填写 {shown}"),
            (
                bool(self.more_at) and self.pages not in ("page", "offset", "cursor"),
                "more_at: only with pages = page, offset or cursor",
                "more_at：仅用于 pages = page、offset 或 cursor",
            ),
            (
                bool(self.total_at) and self.pages not in ("page", "offset"),
                "total_at: only with pages = page or offset",
                "total_at：仅用于 pages = page 或 offset",
            ),
            (
                bool(self.pages_at) and self.pages != "page",
                "pages_at: only with pages = page",
                "pages_at：仅用于 pages = page",
            ),
            (
                self.keep_cursor and self.pages != "cursor",
                "keep_cursor: only with pages = cursor",
                "keep_cursor：仅用于 pages = cursor",
            ),
        ]

    def _times(self) -> list[tuple[bool, str, str]]:
        local = self.time_format in ("iso_offset", "local", "local_minutes", "date", "compact")
        naive = isinstance(self.start, date) and getattr(self.start, "tzinfo", None) is None
        return [
            (
                bool(self.since_parameter) != (self.start is not None),
                "since_parameter and start together",
                "since_parameter 与 start 同时填写",
            ),
            (
                not self.since_parameter and bool(self.until_parameter or self.window_seconds),
                "since_parameter: expected beside until_parameter and window_seconds",
                "since_parameter：until_parameter 与 window_seconds 须与其一同填写",
            ),
            (
                self.window_seconds is not None and not self.until_parameter,
                "until_parameter: expected beside window_seconds",
                "until_parameter：window_seconds 须与其一同填写",
            ),
            (
                bool(self.since_parameter) and (local or naive) and self.zone is None,
                "zone: expected for local times",
                "zone：使用本地时间时必须填写",
            ),
            (
                self.window_seconds is not None and self.overlap_seconds >= self.window_seconds,
                "overlap_seconds: expected less than window_seconds",
                "overlap_seconds：应小于 window_seconds",
            ),
        ]
