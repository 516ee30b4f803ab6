"""The other side: a SCIM server as a value, asked by the real adapter in the same process.

It loses questions, changes and answers; a change that was lost may land later, as long as the hub doubts it.
"""

import json
from collections.abc import Collection, Mapping
from random import Random
from typing import Any, NamedTuple

from connectors.http import Answer, HttpClient
from schemas.errors import RejectedError, UnavailableError, UnknownOutcomeError
from schemas.transmission import NOTHING
from tests.faults.odd_scim import OddServer
from tests.interleavings.baton import Baton

FATES = ("answered", "answer lost", "lost", "late", "away", "later please")
WEIGHTS = (12, 1, 1, 2, 1, 1)


class Sent(NamedTuple):
    """A change on its way to the server."""

    method: str
    path: str
    body: Any
    headers: Mapping[str, str]
    lands_at: float


class Permissions:
    """The server, and what is under way to it. ``calm``: it loses nothing."""

    def __init__(self, chance: Random, baton: Baton, people: Collection[str], latest: float) -> None:
        self.server = OddServer(chance.choice(("filter finds", "filter finds", "filter finds", "")))
        self.ids = {"E1": self.server.person}
        self.ids |= {each: self.server.add_user(f"{each.lower()}.li", each) for each in people if each != "E1"}
        self.others = {room: set(self.server.rooms[room]) for room in self.server.rooms}
        self.calm = False
        self.said: list[str] = []
        self.grants: list[tuple[str, str]] = []
        self.seconds = 0.0
        self._chance, self._baton, self._latest = chance, baton, latest
        self._under_way: list[Sent] = []
        self._asked: dict[str, Sent] = {}

    @property
    def is_something_under_way(self) -> bool:
        """Whether a change was sent that nobody has heard of, and that has not landed."""
        return bool(self._under_way)

    def is_inside(self, person: str, room: str) -> bool:
        """Who can enter, in truth."""
        return self.ids[person] in self.server.rooms[room]

    def advance(self, seconds: float) -> None:
        """Time passes, and what is under way lands when its time has come."""
        self.seconds += seconds
        for sent in sorted(self._under_way, key=lambda each: each.lands_at):
            if sent.lands_at <= self.seconds:
                self._under_way.remove(sent)
                self._do(sent, "lands")

    def killed(self, hand: str) -> None:
        """Who was about to send a change is gone; it may have left all the same."""
        sent = self._asked.pop(hand, None)
        if sent is not None and self._chance.random() < 0.5:
            self._send_late(sent)

    def ask(self, sent: Sent, query: Mapping[str, str], *, write: bool) -> Answer:
        """One request, as a hand makes it: it rests before, and before it hears the answer of a change."""
        hand = self._baton.holder
        if hand is not None and write:
            self._asked[hand.name] = sent
            self._note_grant(sent)
        self._baton.rest(f"before {sent.method} {sent.path}")
        if hand is not None:
            self._asked.pop(hand.name, None)
        fate = "answered" if self.calm else self._chance.choices(FATES, WEIGHTS)[0]
        if fate == "away":
            raise UnavailableError("peer.unreachable", "not sent")
        if fate == "later please":
            raise UnavailableError(
                "peer.throttled", "answered 429", retry_after=self._chance.choice((1.0, 30.0, 600.0))
            )
        if fate == "lost" or (fate == "late" and not write):
            raise UnknownOutcomeError("lost") if write else UnavailableError("peer.unreachable", "lost")
        if fate == "late":
            self._send_late(sent)
            raise UnknownOutcomeError("no answer in time")
        answer = self._do(sent, "does" if write else "", query)
        if write:
            self._baton.rest(f"answered {sent.method} {sent.path}")
        if fate == "answer lost":
            raise UnknownOutcomeError("no answer") if write else UnavailableError("peer.unreachable", "no answer")
        return answer

    def _note_grant(self, sent: Sent) -> None:
        """Keep whom a change would let in where, until somebody has looked whether that is right."""
        people = {uid: person for person, uid in self.ids.items()}
        for each in sent.body["Operations"]:
            if each["op"] == "add":
                room = self.server.names[sent.path.removeprefix("/Groups/")]
                self.grants += [(people[member["value"]], room) for member in each["value"]]

    def _send_late(self, sent: Sent) -> None:
        self._under_way.append(sent._replace(lands_at=self.seconds + self._chance.uniform(0, self._latest)))

    def _do(self, sent: Sent, how: str, query: Mapping[str, str] = NOTHING) -> Answer:
        status, content, headers = self.server.answer(
            sent.method, sent.path, dict(query), sent.body, dict(sent.headers)
        )
        if how:
            self.said.append(f"server {how} {sent.method} {sent.path} {json.dumps(sent.body['Operations'])}")
        if status in (401, 403):
            raise RejectedError("peer.auth", "refused")
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return Answer(status, headers, body)


class InProcess(HttpClient):
    """Calls ``Permissions`` instead of a socket."""

    def __init__(self, permissions: Permissions, url: str, **settings: Any) -> None:
        super().__init__(url, **settings)
        self._permissions = permissions

    def call(
        self,
        method: str,
        path: str,
        *,
        deadline_s: float,
        write: bool,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        heard: Collection[int] = (),
    ) -> Answer:
        """What the server answers, or how that failed."""
        sent = Sent(method, path, None if body is None else json.loads(body), headers or {}, 0.0)
        return self._permissions.ask(sent, query or {}, write=write)
