"""Who may ask: whoever shows the token of the API."""

import hmac
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from hub.front.problem import problem
from hub.front.proxies import Proxies
from schemas.errors import TrustError
from schemas.words import Words

Refused = Callable[[str, str], None]
"""Told of each request that is refused: code and address."""


class Token:
    """The token, and who hears of those that do not show it."""

    def __init__(self, token: str, proxies: Proxies, refused: Refused) -> None:
        self._token = token.encode()
        self._proxies = proxies
        self._refused = refused

    def refusal(self, request: Request) -> Response | None:
        """The answer to who does not show it."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), self._token):
            return None
        error = TrustError(
            "auth.token",
            Words(
                "expected Authorization: Bearer with the token of keys/api.token",
                "应有报头 Authorization: Bearer 及 keys/api.token 中的令牌",
            ),
        )
        self.refuse(request, error.code)
        return problem(error, {"www-authenticate": "Bearer"})

    def refuse(self, request: Request, code: str) -> None:
        """A request is refused, for whatever reason."""
        self._refused(code, self._proxies.client_of(request.scope))
