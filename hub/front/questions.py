"""Questions of the API as routes: whoever may not ask is refused, what goes wrong is told as a problem document."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.front.openapi import Question
from schemas.errors import LicetError, UnavailableError

Refusal = Callable[[Request], Response | None]
"""Why a caller is not answered; nothing where they are."""
Problem = Callable[[LicetError, Mapping[str, str] | None], Response]
"""A failure as an answer, with headers."""
Handler = Callable[[Request], Awaitable[Response]]


def routes_of(handlers: Mapping[Question, Handler], refusal: Refusal, problem: Problem) -> list[Route]:
    """The routes of questions, each answered by its handler."""
    return [
        Route(each.path, _answering(handler, refusal, problem), methods=[each.method])
        for each, handler in handlers.items()
    ]


def _answering(handler: Handler, refusal: Refusal, problem: Problem) -> Handler:
    async def answer(request: Request) -> Response:
        if (refused := refusal(request)) is not None:
            return refused
        try:
            return await handler(request)
        except UnavailableError as error:
            return problem(error, {"retry-after": str(round(error.retry_after or 1))})
        except LicetError as error:
            return problem(error, None)

    return answer
