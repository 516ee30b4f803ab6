"""Requests to a SCIM server: reads, pages to the end, and changes of one group; each proves who asks."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from connectors.access.scim.profile import Profile
from connectors.access.scim.reading import ListPage, Resource, expect, identifier, page
from connectors.access.scim.settings import Settings
from connectors.authorization import Authorization, ClientCredentials, Fixed, TokenFile, basic, bearer
from connectors.http import MAX_ANSWER, Answer, HttpClient
from schemas.errors import RejectedError, UnavailableError
from schemas.transmission import NOTHING

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
        self._settings, self._profile, self._reach = settings, profile, reach
        self._client = self._reaching(settings.base_url, {"accept": profile.media_type}, _MAX_ANSWER)
        self._authorization = self._proof(settings)

    def _reaching(self, url: str, headers: Mapping[str, str], most: int = MAX_ANSWER) -> HttpClient:
        settings = self._settings
        return self._reach(
            url,
            allow_private=settings.allow_private_address,
            headers=headers,
            ca_file=None if settings.ca_file is None else str(settings.ca_file),
            proxy=settings.proxy_url,
            max_answer=most,
        )

    def _proof(self, settings: Settings) -> Authorization:
        """How we prove ourselves to this server."""
        if settings.oauth_url:
            secret = settings.oauth_client_secret
            assert secret is not None
            return ClientCredentials(
                self._reaching(settings.oauth_url, {}),
                client_id=settings.oauth_client_id,
                secret=secret.get_secret_value(),
                scope=settings.oauth_scope,
            )
        if settings.password is not None:
            return Fixed(basic(settings.user, settings.password.get_secret_value()))
        if settings.token_file is not None:
            return TokenFile(settings.token_file, self._held)
        return Fixed({} if settings.token is None else self._held(settings.token.get_secret_value()))

    def _held(self, token: str) -> Mapping[str, str]:
        header = self._settings.token_header
        return {header.lower(): token} if header else bearer(token)

    def _call(
        self,
        method: str,
        path: str,
        *,
        deadline_s: float,
        write: bool,
        headers: Mapping[str, str] = NOTHING,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """One request; of one that was refused for a token that has run out, another with a new one."""

        def ask() -> Answer:
            proven = {**headers, **self._authorization.headers()}
            return self._client.call(
                method, path, deadline_s=deadline_s, write=write, headers=proven, query=query, body=body
            )

        try:
            return ask()
        except RejectedError as refused:
            if refused.code != "peer.auth" or not self._authorization.renew():
                raise
        return ask()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """An answer to a read, whatever its status."""
        return self._call("GET", path, query=query, deadline_s=self._settings.read_deadline_seconds, write=False)

    def change(self, group: str, body: Any, *, key: str, version: str = "", whole: bool = False) -> Answer:
        """The answer to a change of one group, in part or (``whole``) by its new form."""
        headers = {"content-type": self._profile.media_type, "idempotency-key": quote(key)}  # no Chinese in headers
        return self._call(
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
        """A whole list, read to the number that the server says it holds.

        Raises:
            UnavailableError: ``peer.bad-answer``: the pages do not come to that number.
        """
        size = self._profile.page_size
        paged = {"startIndex": "1", "count": str(size)} if size else {}
        found = self.first_page(path, {**query, **paged}, schema)
        resources = {identifier(each): each for each in found.resources}
        while len(resources) < found.total:
            before = len(resources)
            paged = {"startIndex": str(before + 1), "count": str(size or max(before, 1))}
            found = self.first_page(path, {**query, **paged}, schema)
            resources.update((identifier(each), each) for each in found.resources)
            if len(resources) == before or len(resources) > _MOST:
                raise UnavailableError(
                    "peer.bad-answer", f"{self.name}: {path}: read {before} of {found.total}, and no page brings more"
                )
        if len(resources) > found.total:
            raise UnavailableError(
                "peer.bad-answer", f"{self.name}: {path}: read {len(resources)}, though there are {found.total}"
            )
        return list(resources.values())

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()


def quoted(value: str) -> str:
    """A value inside a filter: RFC 7644 3.4.2.2 takes the strings of JSON."""
    return json.dumps(value, ensure_ascii=False)
