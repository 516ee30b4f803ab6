"""How an authority finds out whether a hub takes its pushes as agreed: messages, each with the answer it must get.

What counts as an answer is what ``docs/for-authorities.md`` promises. The messages speak of one certificate number that
is new in each trial, of a person whom the authority names, or of nobody; the last word about it is that it is revoked.
"""

import http.client
import json
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from connectors.simulators.authority import event, to_json, to_xml
from connectors.simulators.proving_ways import MEDIA, Form, Posted, Way
from schemas.words import Words

_TIMEOUT_S = 20
_MOST_WAITS, _LONGEST_WAIT_S = 3, 60
_CLOCKS_APART_S = 30
_REPEATED, _NEW = (200,), (202,)
_DEMANDED: Mapping[str, Any] = {
    "review_due": "2030-06-30",
    "renewal": {
        "rule_id": "trial/3y",
        "demands": "24 hours of continued training, then the review",
        "hours_required": "24",
        "hours_earned": "8",
        "period_start": "2027-07-01",
        "period_end": "2030-06-30",
    },
}
"""What a renewal takes, with all that may be said of it."""
_REVIEWED_NEVER: Mapping[str, Any] = {**_DEMANDED, "review_due": "2030-02-30"}
_MORE: Mapping[str, Any] = {"evidence": {"file": "minutes-17"}, "credential": {"level": "senior"}}
"""What an event may say beside what is read of it."""
_MOST_EVENTS = 100
_BAD = (400, 422)
_RENEWAL = "/data/renewal"
Proof = Literal["proven", "foreign", "spoilt", "none", "old", "early"]


class Answer(NamedTuple):
    """What came back: status, headers, what the body says as JSON, and its bytes."""

    status: int
    headers: Mapping[str, str]
    said: Mapping[str, Any]
    body: bytes

    @property
    def words(self) -> str:
        """Status, result or code, and the place that is named."""
        parts = (self.said.get("result"), self.said.get("code"), self.said.get("where"))
        return " ".join(map(str, [self.status, *filter(None, parts)]))


class Outcome(NamedTuple):
    """One message and what came of it; ``wrong`` says what was expected instead, or is nothing."""

    sent: Words
    found: str
    wrong: Words | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """The hub's address as it is posted to."""

    url: str
    sleep: Callable[[float], None]

    def post(self, message: Posted, method: str = "POST") -> Answer:
        """The answer to a message; who is asked to come again later does, three times.

        Raises:
            OSError: Nobody answers.
        """
        for _ in range(_MOST_WAITS):
            answer = self._once(method, self.url, message)
            if answer.status not in (429, 503) or "retry-after" not in answer.headers:
                break
            self.sleep(min(float(answer.headers["retry-after"]), _LONGEST_WAIT_S))
        return answer

    def published_keys(self) -> Sequence[Mapping[str, Any]]:
        """The keys that the hub publishes; none if it publishes none."""
        where = urlsplit(self.url)
        found = self._once("GET", f"{where.scheme}://{where.netloc}/.well-known/jwks.json", Posted(b"", {}))
        keys = found.said.get("keys", []) if found.status == 200 else []
        return [each for each in keys if isinstance(each, dict)]

    @staticmethod
    def _once(method: str, url: str, message: Posted) -> Answer:
        where = urlsplit(url)
        host, port = where.hostname or "", where.port
        connection = (
            http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_S, context=ssl.create_default_context())
            if where.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
        )
        try:
            target = (where.path or "/") + (f"?{where.query}" if where.query else "")
            connection.request(method, target, message.body or None, dict(message.headers))
            answer = connection.getresponse()
            body = answer.read()
            return Answer(answer.status, {n.lower(): v for n, v in answer.getheaders()}, _json(body), body)
        finally:
            connection.close()


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(slots=True)
class Trial:
    """One trial of one hub.

    Attributes:
        about: Of every event: ``number``, ``credential`` (the scheme) and ``holder``; ``hubaud`` if agreed on.
    """

    peer: Peer
    way: Way
    source: str
    about: Mapping[str, Any]
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    _sequence: int = 0
    _keys: Sequence[Mapping[str, Any]] = field(default=())

    def run(self) -> Iterator[Outcome]:
        """Send everything, one after the other, and say what came of each. It ends early where the first is not taken.

        Raises:
            OSError: Nobody answers.
        """
        self._keys = self.peer.published_keys()
        first = self._event("suspended")
        body = self._written(first)
        answer = self._post(body)
        yield self._taken(Words("a new event", "新事件"), answer, _NEW, hint=self._why_refused(answer))
        if answer.status != _NEW[0]:
            return
        yield self._receipt(answer, first, body)
        yield from self._repeats(first, body, answer)
        yield from self._life()
        yield from self._untrusted(body)
        yield from self._unread()

    def _repeats(self, first: Mapping[str, Any], body: bytes, answer: Answer) -> Iterator[Outcome]:
        again = self._post(body)
        yield self._taken(Words("the same event again", "同一事件再次发送"), again, _REPEATED)
        yield _same_receipt(Words("its receipt is the same", "回执与首次相同"), answer, again)
        otherwise = self._post(self._written_otherwise(first))
        yield self._taken(Words("the same event, written otherwise", "同一事件，写法不同"), otherwise, _REPEATED)
        yield _same_receipt(Words("its receipt is the same, too", "回执仍与首次相同"), answer, otherwise)
        changed = {**first, "data": {**first["data"], "status": "active"}}
        yield self._refused(
            Words("another content under a known id", "标识相同但内容不同"),
            self._post(self._written(changed)),
            (409,),
            "state.id-conflict",
        )

    def _life(self) -> Iterator[Outcome]:
        self._sequence += 1
        early = self._event("active")
        self._sequence -= 2
        late = self._event("revoked")
        self._sequence += 1
        yield self._taken(Words("a reinstatement", "恢复有效"), self._post(self._written(early)), _NEW)
        yield self._taken(
            Words("an older word that comes late: kept, without effect", "迟到的旧消息：保留，不生效"),
            self._post(self._written({**late, "sequence": "000000000001"})),
            _NEW,
        )
        ahead = self._event("suspended", ahead=timedelta(days=30))
        yield self._taken(Words("a suspension in 30 days", "30 天后暂停"), self._post(self._written(ahead)), _NEW)
        demanding = self._event("active", demands=True)
        yield self._taken(Words("what its renewal takes", "续期要求"), self._post(self._written(demanding)), _NEW)
        yield from self._left_out()
        more = self._event("active")
        data = {**more["data"], **_MORE, "credential": {**more["data"]["credential"], **_MORE["credential"]}}
        extended = self._written(
            {**more, "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "data": data}
        )
        yield self._taken(
            Words("an extension, evidence and a level", "扩展属性、evidence 与 level"), self._post(extended), _NEW
        )
        if "json" in self.way.forms:
            yield from self._lists()
        for form in self.way.forms:
            if form != self._form:
                told = self._post(_WRITE[form](self._event("suspended")), form=form)
                yield self._taken(Words(f"an event as {form.upper()}", f"{form.upper()} 格式的事件"), told, _NEW)
        last = self._post(self._written(self._event("revoked")))
        yield self._taken(Words("a revocation", "吊销"), last, _NEW)

    def _left_out(self) -> Iterator[Outcome]:
        """A renewal block that is written otherwise holds up no status: its place is named, to a repeat as well."""
        event = self._event("active")
        body = self._written({**event, "data": {**event["data"], "renewal": "soon"}})
        for words, statuses in (
            (Words("a renewal block of another form: it alone is left out", "续期要求格式不符：仅略去该部分"), _NEW),
            (Words("the same again: its place is named again", "再次发送：再次指出其位置"), _REPEATED),
        ):
            answer = self._post(body)
            items = answer.said.get("items", [])
            named = [each for each in items if each.get("code") and str(each.get("where")).endswith(_RENEWAL)]
            taken = self._taken(words, answer, statuses)
            wrong = Words(f"a code at {_RENEWAL}", f"{_RENEWAL} 处的代码")
            yield taken if taken.wrong is not None or named else Outcome(words, answer.words, wrong)

    def _lists(self) -> Iterator[Outcome]:
        both = [self._event("suspended"), self._event("active")]
        yield self._taken(Words("two events in one list", "两个事件的列表"), self._post(to_json(both)), _NEW)
        good, bad = self._event("suspended"), self._event("active")
        bad["data"]["status"] = "paused"
        listed = self._post(to_json([good, bad]))
        words = Words("a list of which one event cannot be read", "列表中有一个事件无法读取")
        yield self._refused(words, listed, _BAD, needs_code=True)
        alone = self._post(to_json([good, self._event("active")]))
        yield self._taken(
            Words("its other event, which did not apply then", "其中另一事件当时未生效，现再次发送"), alone, _NEW
        )
        many = [self._event("suspended") for _ in range(_MOST_EVENTS + 1)]
        words = Words(f"more than {_MOST_EVENTS} events in one list", f"超过 {_MOST_EVENTS} 个事件的列表")
        yield self._refused(words, self._post(to_json(many)), (*_BAD, 413), needs_code=True)

    def _untrusted(self, body: bytes) -> Iterator[Outcome]:
        """All that fails about trust is answered alike: whoever forges learns nothing."""
        kinds: Sequence[tuple[Words, Proof]] = (
            (Words("without a proof", "无签名"), "none"),
            (Words("proven by a key that is not registered", "以未登记密钥签名"), "foreign"),
            (Words("changed after it was proven", "签名后被改动"), "spoilt"),
            *(((Words("proven an hour ago", "一小时前签名"), "old"),) if self.way.states_when else ()),
            *(((Words("proven in an hour", "签名时间在一小时之后"), "early"),) if self.way.states_when else ()),
        )
        answers: list[Answer] = []
        for words, proof in kinds:
            answer = self._post(body, proof)
            answers.append(answer)
            yield self._refused(words, answer, (401,), "refused")
        alike = len({each.body for each in answers}) == 1
        wrong = None if alike else Words("one answer for all of them", "以上情况的答复应完全相同")
        yield Outcome(Words("these are answered alike", "以上答复一致"), f"{len({a.body for a in answers})}", wrong)

    def _unread(self) -> Iterator[Outcome]:
        form, good = self._form, self._event("suspended")
        yield self._refused(
            Words("GET instead of POST", "以 GET 代替 POST"),
            self.peer.post(Posted(b"", {"Content-Type": MEDIA[form]}), "GET"),
            (405,),
        )
        plain = Posted(b"x", {"Content-Type": "text/csv"})
        yield self._refused(Words("a form that is none of ours", "非约定的格式"), self.peer.post(plain), (415,))
        data = good["data"]
        bad: Sequence[tuple[Words, Mapping[str, Any], tuple[int, ...]]] = (
            (
                Words("no certificate number", "缺少证书编号"),
                {"data": {**data, "credential": {"scheme": data["credential"]["scheme"]}}},
                (422,),
            ),
            (Words("a status that there is not", "不存在的状态"), {"data": {**data, "status": "paused"}}, (422,)),
            (Words("a day that there is not", "不存在的日期"), {"data": {**data, "valid_until": "2030-02-30"}}, (422,)),
            (Words("a renewal review on no day", "续期复核日期不存在"), {"data": {**data, **_REVIEWED_NEVER}}, (422,)),
            (
                Words("a member that was not agreed on", "未约定的成员"),
                {"data": {**data, "valid_til": "2030-01-01"}},
                (422,),
            ),
            (Words("an end that is empty", "截止日期为空"), {"data": {**data, "valid_until": ""}}, (422,)),
            *(
                ((Words("an event for another hub", "发往其他平台的事件"), {"hubaud": "another-hub"}, _BAD),)
                if "hubaud" in self.about
                else ()
            ),
            (Words("an event of another source", "其他来源的事件"), {"source": f"{self.source}:other"}, (400, 422)),
            (Words("an event of another type", "其他类型的事件"), {"type": "credential.issued.v9"}, (400, 422)),
        )
        for words, change, statuses in bad:
            message = self._written({**good, "id": self.new_id(), **change})
            yield self._refused(words, self._post(message), statuses, needs_code=True)
        yield from self._mended(good)
        yield from self._unread_bytes(good)

    def _mended(self, good: Mapping[str, Any]) -> Iterator[Outcome]:
        """What could not be read is taken once it is mended, under the same id."""
        id = self.new_id()
        for words, status, statuses in (
            (Words("a status that there is not, to be mended", "不存在的状态，随后更正"), "paused", (422,)),
            (Words("the same, mended, under the same id", "更正后以同一标识发送"), "revoked", _NEW),
        ):
            answer = self._post(self._written({**good, "id": id, "data": {**good["data"], "status": status}}))
            yield self._taken(words, answer, statuses) if statuses == _NEW else self._refused(words, answer, statuses)

    def _unread_bytes(self, good: Mapping[str, Any]) -> Iterator[Outcome]:
        broken = self._written({**good, "id": self.new_id()})[:-9]
        if self.way.proves_bytes:
            half = self._post(broken)
            yield self._refused(Words("half an event", "不完整的事件"), half, (400, 422), needs_code=True)
        large = self._written({**good, "id": self.new_id(), "data": {**good["data"], "note": "x" * 300_000}})
        yield self._refused(Words("more than 256 KiB", "超过 256 KiB"), self._post(large), (413,))

    @property
    def _form(self) -> Form:
        return self.way.forms[0]

    def _event(self, status: str, ahead: timedelta = timedelta(), *, demands: bool = False) -> dict[str, Any]:
        self._sequence += 1
        now = self.now().astimezone(UTC)
        takes = _DEMANDED if demands else {}
        order = {
            **self.about,
            **takes,
            "status": status,
            "sequence": self._sequence,
            "effective_at": _stamp(now + ahead),
        }
        return event(self.source, order, id=self.new_id(), time=_stamp(now))

    def _written(self, content: Mapping[str, Any]) -> bytes:
        return _WRITE[self._form](content)

    def _written_otherwise(self, content: Mapping[str, Any]) -> bytes:
        """The same event as another serialiser might write it: with spaces, and in JSON in another order."""
        if self._form == "xml":
            return to_xml(content).replace(b"?>\n<", b"?>\n\n<").replace(b"</data>", b"\n</data>")
        return json.dumps(dict(list(content.items())[::-1]), indent=2).encode()

    def _post(self, body: bytes, proof: Proof = "proven", form: Form | None = None) -> Answer:
        form, at, nonce = form or self._form, self.now(), self.new_id()
        if proof == "none":
            told = {n: v for n, v in self.way.proven(body, form, at, nonce).headers.items() if n == "Content-Type"}
            return self.peer.post(Posted(body, told))
        if proof in ("old", "early"):
            apart = timedelta(hours=-1 if proof == "old" else 1)
            return self.peer.post(self.way.proven(body, form, at + apart, nonce))
        make = {"proven": self.way.proven, "foreign": self.way.foreign, "spoilt": self.way.spoilt}[proof]
        return self.peer.post(make(body, form, at, nonce))

    def _why_refused(self, answer: Answer) -> Words | None:
        """What an authority should look at when not even a good event is taken."""
        if answer.status != 401:
            return None
        if (apart := self._clocks_apart(answer)) > _CLOCKS_APART_S:
            return Words(f"our clock and the hub's are {apart:.0f} s apart", f"双方时钟相差 {apart:.0f} 秒")
        return Words(
            "compare with the hub's operator: profile, source, key and its name, and the address as the hub knows it",
            "请与平台运维核对：认证方式、来源、密钥及其名称、平台登记的地址",
        )

    def _clocks_apart(self, answer: Answer) -> float:
        try:
            theirs = parsedate_to_datetime(answer.headers["date"])
        except (KeyError, ValueError):
            return 0.0
        return abs((self.now() - theirs).total_seconds())

    def _taken(self, sent: Words, answer: Answer, statuses: tuple[int, ...], hint: Words | None = None) -> Outcome:
        if answer.status in statuses and answer.said.get("id"):
            return Outcome(sent, answer.words)
        wrong = _statuses(statuses)
        return Outcome(
            sent, answer.words, wrong if hint is None else Words(f"{wrong}; {hint}", f"{wrong.zh}；{hint.zh}")
        )

    @staticmethod
    def _refused(
        sent: Words, answer: Answer, statuses: tuple[int, ...], code: str = "", *, needs_code: bool = False
    ) -> Outcome:
        said = str(answer.said.get("code", ""))
        good = answer.status in statuses and (not code or said == code) and (bool(said) or not needs_code)
        wrong = _statuses(statuses)
        return Outcome(
            sent, answer.words, None if good else Words(f"{wrong} {code}".strip(), f"{wrong.zh} {code}".strip())
        )

    def _receipt(self, answer: Answer, sent: Mapping[str, Any], body: bytes) -> Outcome:
        words = Words("its receipt, by the key that the hub publishes", "回执，以平台公布的密钥核验")
        receipt = answer.said.get("receipt")
        if not isinstance(receipt, str):
            return Outcome(words, "-", Words("a receipt in the answer", "答复中应有回执"))
        try:
            keys = KeySet.import_key_set({"keys": [dict(each) for each in self._keys if each.get("use") == "sig"]})
            claims = json.loads(jws.deserialize_compact(receipt, keys, algorithms=["Ed25519"]).payload)
        except (JoseError, ValueError, KeyError) as error:
            return Outcome(words, type(error).__name__, Words("a signature of the hub", "平台的有效签名"))
        expected = {"aud": self.source, "jti": sent["id"], "body_sha256": self.way.digest(body)}
        wrong = [name for name, value in expected.items() if claims.get(name) != value]
        if wrong:
            return Outcome(words, ", ".join(wrong), Words("what was sent", "与所发内容一致"))
        return Outcome(words, f"entry {claims.get('entry')}")


_WRITE: Mapping[Form, Callable[[Any], bytes]] = {"json": to_json, "xml": to_xml}


def _same_receipt(sent: Words, first: Answer, again: Answer) -> Outcome:
    same = first.said.get("receipt") == again.said.get("receipt") is not None
    return Outcome(sent, "=" if same else "≠", None if same else Words("the first receipt", "首次的回执"))


def _statuses(statuses: tuple[int, ...]) -> Words:
    text = " / ".join(map(str, statuses))
    return Words(text, text)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
