"""Requests to a SCIM server: reads, pages to the end, and changes of one group; each proves who asks."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from connectors.access.scim.profile import Profile
from connectors.access.scim.reading import ListPage, Resource, expect, identifier, page
from connectors.access.scim.settings import Settings
from connectors.http import Answer, HttpClient
from connectors.listings import Pages, has_lost
from connectors.server import Server
from schemas.errors import UnavailableError
from schemas.words import Words

_MAX_ANSWER = 16 << 20
"""A group of 50,000 members has four keys or items for each, and some 200 bytes."""
_MOST = 100_000
"""Resources of one list."""


class Wire:
    """One server. Nothing is repeated but what was refused for a token that has run out."""

    def __init__(
        self, name: str, settings: Settings, profile: Profile, reach: Callable[..., HttpClient] = HttpClient
    ) -> None:
        self.name = name
        self._settings, self._profile = settings, profile
        self._server = Server(settings, {"accept": profile.media_type}, _MAX_ANSWER, reach)

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """An answer to a read, whatever its status."""
        return self._server.call("GET", path, query=query, deadline_s=self._settings.read_deadline_seconds, write=False)

    def change(self, group: str, body: Any, *, key: str, version: str = "", whole: bool = False) -> Answer:
        """The answer to a change of one group, in part or (``whole``) by its new form."""
        headers = {"content-type": self._profile.media_type, "idempotency-key": quote(key)}  # no Chinese in headers
        return self._server.call(
            "PUT" if whole else "PATCH",
            f"/Groups/{quote(group, safe='')}",
            headers={**headers, **({"if-match": version} if version else {})},
            body=json.dumps(body, ensure_ascii=False).encode(),
            deadline_s=self._settings.deadline_seconds,
            write=True,
        )

    def first_page(self, path: str, query: Mapping[str, str], schema: str) -> ListPage:
        """The first page of a list."""
        answer = self.get(path, query)
        expect(answer, path.strip("/"))
        return page(answer, schema)

    def all_of(self, path: str, query: Mapping[str, str], schema: str) -> list[Resource]:
        """A whole list, read to the number that the server says it holds; one of several pages is read twice.

        Raises:
            UnavailableError: ``peer.bad-answer``: the pages do not come to that number, or it changed meanwhile.
        """
        before, pages = self._pages_of(path, query, schema)
        if pages < 2:
            return before
        now, _ = self._pages_of(path, query, schema)
        if why := has_lost(map(identifier, before), map(identifier, now)):
            raise self._odd(path, why)
        return now

    def _pages_of(self, path: str, query: Mapping[str, str], schema: str) -> tuple[list[Resource], int]:
        size, pages, resources = self._profile.page_size, Pages(), list[Resource]()
        paged = {"startIndex": "1", "count": str(size)} if size else {}
        while True:
            found = self.first_page(path, {**query, **paged}, schema)
            if why := pages.odd([identifier(each) for each in found.resources], found.total):
                raise self._odd(path, why)
            resources += found.resources
            read = len(resources)
            if read == found.total:
                return resources, pages.read
            if not found.resources or not read < found.total <= _MOST:
                raise self._odd(
                    path,
                    Words(
                        f"read {read} of {found.total}, and no page brings more",
                        f"已读取 {read}/{found.total}，后续页没有更多内容",
                    ),
                )
            paged = {"startIndex": str(read + 1), "count": str(size or read)}

    def _odd(self, path: str, why: Words) -> UnavailableError:
        return UnavailableError(
            "peer.bad-answer", Words(f"{self.name}: {path}: {why}", f"{self.name}：{path}：{why.zh}")
        )

    def close(self) -> None:
        """Close idle connections."""
        self._server.close()


def quoted(value: str) -> str:
    """A value inside a filter: RFC 7644 3.4.2.2 takes the strings of JSON."""
    return json.dumps(value, ensure_ascii=False)
