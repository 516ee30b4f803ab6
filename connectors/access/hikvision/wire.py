"""Questions and changes to one terminal, and what its answers mean; one that is of no known shape is none."""

import json
import re
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from connectors.access.hikvision.records import Record, listed
from connectors.access.hikvision.settings import Settings
from connectors.digest import DigestClient
from connectors.http import Answer, HttpClient
from connectors.listings import Pages
from schemas.errors import PayloadError, RejectedError, UnavailableError, UnknownOutcomeError
from schemas.reading import read_json, read_xml
from schemas.words import Words

_USERS = "/ISAPI/AccessControl/UserInfo"
_PAGE, _MOST = 30, 100_000
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_WRITES = (("PUT", "Modify"), ("PUT", "SetUp"), ("POST", "SetUp"))
"""How a person is changed; firmware knows one of these, and which is found out."""
_UNKNOWN_HERE = {"notsupport", "methodnotallowed", "badurlformat", "invalidoperation"}


class Wire:
    """One terminal."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._way = 0
        client = HttpClient(
            settings.url,
            allow_private=settings.allow_private_address,
            headers={"accept": "application/json"},
            ca_file=None if settings.ca_file is None else str(settings.ca_file),
            keep=2,
        )
        self._client = DigestClient(client, settings.user, settings.password.get_secret_value())

    def people(self, employee: str = "") -> Iterator[Record]:
        """All people of the terminal, or who has one employee number, read to the number that it says there are.

        Raises:
            UnavailableError: ``peer.bad-answer``: the pages do not come to that number.
        """
        condition: dict[str, Any] = {"searchID": secrets.token_hex(8), "searchResultPosition": 0, "maxResults": _PAGE}
        if employee:
            condition["EmployeeNoList"] = [{"employeeNo": employee}]
        pages, read = Pages(), 0
        while True:
            page = self._page(condition)
            found = [each for each in listed(page.get("UserInfo")) if isinstance(each, dict)]
            status, said = page.get("responseStatusStrg"), page.get("totalMatches")
            if status == "NO MATCH" and not found and not read:
                return
            numbers = [str(each["employeeNo"]) for each in found if each.get("employeeNo") not in (None, "", employee)]
            why = pages.odd(numbers, said if isinstance(said, int) else -1)
            read += len(found)
            goes_on = status == "MORE" and found and read <= _MOST
            if why or not (goes_on or (status == "OK" and read == said)):
                raise self._odd(why or Words("pages of a search do not fit each other", "查询的各页不一致"))
            yield from found
            if status == "OK":
                return
            condition["searchResultPosition"] = read

    def _odd(self, why: Words) -> UnavailableError:
        return UnavailableError("peer.bad-answer", Words(f"{self.name}: {why}", f"{self.name}：{why.zh}"))

    def write(self, record: Record, *, key: str) -> None:
        """Change one person.

        Raises:
            RejectedError: ``peer.rejected``.
        """
        for way in range(self._way, len(_WRITES)):
            method, last = _WRITES[way]
            answer = self._call(method, f"{_USERS}/{last}", {"UserInfo": record}, key=key)
            why = self._refusal(answer)
            if not why:
                self._way = way
                return
            if why.lower() not in _UNKNOWN_HERE and answer.status not in (404, 405):
                break
        raise RejectedError(
            "peer.rejected",
            Words(f"{self.name}: a change was refused: {why[:64]}", f"{self.name}：变更被拒绝：{why[:64]}"),
        )

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def _page(self, condition: dict[str, Any]) -> dict[str, Any]:
        answer = self._call("POST", f"{_USERS}/Search", {"UserInfoSearchCond": condition})
        content = _read(answer.body)
        page = content.get("UserInfoSearch") if isinstance(content, dict) else None
        if answer.status >= 400 or not isinstance(page, dict):
            said = _status(content)[1] if isinstance(content, dict) else ""
            raise UnavailableError(
                "peer.bad-answer",
                Words(
                    f"{self.name}: a search was answered {answer.status} {said[:64]}",
                    f"{self.name}：查询的应答为 {answer.status} {said[:64]}",
                ),
            )
        if page.get("searchID") not in (None, condition["searchID"]):
            raise UnavailableError(
                "peer.bad-answer",
                Words(f"{self.name}: answered another search than was asked", f"{self.name}：应答的不是所发出的查询"),
            )
        return page

    def _refusal(self, answer: Answer) -> str:
        """Why a change was refused, in the terminal's own word; empty if it was made."""
        content = _read(answer.body)
        code, why = _status(content) if isinstance(content, dict) else (None, "")
        if code == "1" or (code == "0" and answer.status < 300):
            return ""
        if code == "2":
            raise UnavailableError(
                "peer.throttled",
                Words(f"{self.name}: the terminal is busy ({why[:64]})", f"{self.name}：终端忙（{why[:64]}）"),
            )
        if code is not None or answer.status >= 400:
            return why or f"answered {answer.status}"
        raise UnknownOutcomeError(
            Words(
                f"{self.name}: a change was answered with something else than a status",
                f"{self.name}：变更的应答不是状态",
            )
        )

    def _call(self, method: str, path: str, content: Any, *, key: str = "") -> Answer:
        headers = {"content-type": "application/json", **({"idempotency-key": quote(key)} if key else {})}
        settings = self._settings
        return self._client.call(
            method,
            path,
            query={"format": "json"},
            headers=headers,
            body=json.dumps(content, ensure_ascii=False).encode(),
            deadline_s=settings.deadline_seconds if key else settings.read_deadline_seconds,
            write=bool(key),
        )


def _read(body: bytes) -> Any:
    """An answer, in JSON or XML; nothing where it is neither. Names hold control characters on some terminals."""
    text = _CONTROL.sub(b" ", body)
    try:
        return read_xml(text) if text.lstrip().startswith(b"<") else read_json(text)
    except PayloadError:
        return None


def _status(content: dict[str, Any]) -> tuple[str | None, str]:
    """The code of a status answer, and its cause in the terminal's word."""
    status = content.get("ResponseStatus", content)
    if not isinstance(status, dict) or "statusCode" not in status:
        return None, ""
    return str(status["statusCode"]), str(status.get("subStatusCode") or status.get("statusString") or "")
