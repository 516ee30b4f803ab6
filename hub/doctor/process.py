"""Whether the hub runs and takes work: asked where it listens, and seen by who holds the seat of its store."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from connectors.http import Answer, HttpClient
from hub.config.settings import ListenerSettings
from hub.doctor.finding import Finding, unseen
from schemas.errors import LicetError
from schemas.reading import read_json
from schemas.words import Words

_KEYS_SECONDS, _READY_SECONDS = 0.7, 2.2
"""A hub that is asked whether it is ready tries that for two seconds."""
_KEYS, _READY = "/.well-known/jwks.json", "/readyz"
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "": "127.0.0.1"}  # noqa: S104 - asked, not listened at
_SERVE = "licet serve"


class Heard(NamedTuple):
    """What answered at an address: whether it is this hub, and what it says of itself."""

    ours: bool
    ready: Mapping[str, Any]


def address(listeners: Mapping[str, ListenerSettings]) -> str:
    """Where the hub says of itself how it is; empty where nothing says so, or the port is not known."""
    for each in listeners.values():
        host, _, port = each.listen.rpartition(":")
        if each.serves and "api" not in each.serves:
            continue
        if each.certificate:
            return each.public_url
        return "" if port == "0" else f"http://{_ANYWHERE.get(host, host)}:{port}"
    return ""


def ask(url: str, own: Mapping[str, Any]) -> Heard | None:
    """What answers there, if anything does; ``own`` is the set of public keys that this hub publishes.

    Raises:
        LicetError: Something is there that cannot be understood.
    """
    client = HttpClient(url, allow_private=True, max_answer=1 << 20)
    try:
        keys = client.call("GET", _KEYS, deadline_s=_KEYS_SECONDS, write=False)
    except LicetError as error:
        if error.code in ("peer.unreachable", "peer.timeout"):
            return None
        raise
    if not _first_key(own) & _names(keys):
        return Heard(ours=False, ready={})
    answer = client.call("GET", _READY, deadline_s=_READY_SECONDS, write=False, heard=(503,))
    return Heard(ours=True, ready=_object(answer))


def _first_key(own: Mapping[str, Any]) -> set[str]:
    """The key of the log: no other hub has it."""
    return {str(each["x"]) for each in own["keys"][:1]}


def _names(answer: Answer) -> set[str]:
    found = _object(answer).get("keys")
    return {str(each.get("x")) for each in found if isinstance(each, Mapping)} if isinstance(found, list) else set()


def _object(answer: Answer) -> Mapping[str, Any]:
    value = read_json(answer.body)
    return value if isinstance(value, Mapping) else {}


def process(url: str, heard: Heard | None, holder: str | None) -> Sequence[Finding]:
    """How the hub itself is. ``holder``: who holds the seat of its store, as far as that is seen from here."""
    if not url:
        held, held_zh = (f"; {holder} holds its store", f"，{holder} 占用其存储") if holder else ("", "")
        words = Words(
            f"it listens at no address that is known from its settings{held}", f"配置中没有可查询的监听地址{held_zh}"
        )
        return [unseen("hub", words, "licet connectors")]
    if heard is None:
        return [_silent(url, holder)]
    if not heard.ours:
        words = Words(f"another program answers at {url}, not this hub", f"{url} 应答的不是本平台")
        return [Finding("hub", "bad", words, f"curl {url}{_READY}")]
    return list(_ready(url, heard.ready))


def _silent(url: str, holder: str | None) -> Finding:
    if holder is None:
        words = Words(
            f"it seems to be stopped: nothing answers at {url}, and no process is seen that holds its store",
            f"看来未运行：{url} 无应答，且未见占用存储的进程",
        )
        return Finding("hub", "soon", words, _SERVE)
    words = Words(
        f"nothing answers at {url}, where its settings say that it listens, and {holder} holds its store",
        f"{url}（配置的监听地址）无应答，而存储被占用（{holder}）",
    )
    return unseen("hub", words, "licet connectors")


def _ready(url: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    reasons, warnings = said.get("reasons") or {}, said.get("warnings") or {}
    if said.get("status") == "ready":
        yield Finding("hub", "good", Words(f"it runs and takes work at {url}", f"正在运行，接收数据（{url}）"))
    else:
        why = "; ".join(f"{code}: {words}" for code, words in reasons.items()) or "-"
        yield Finding(
            "hub", "bad", Words(f"it runs and takes no work: {why}", f"正在运行，但不接收数据：{why}"), "licet tail"
        )
    for code, words in warnings.items():
        yield Finding("hub", "bad", Words(f"{code}: {words}", f"{code}：{words}"), "licet alarms list")
