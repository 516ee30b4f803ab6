"""The adapter of one learning platform: who sends, what is asked, and what is handed on."""

import hmac
from base64 import b64decode

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connectors.learning.xapi_push.answers import VERSION, failed, taken, told
from connectors.learning.xapi_push.ids import Batch, batch
from connectors.learning.xapi_push.values import is_uuid, is_version
from connectors.port import PeerState, Reception, Reply, Request, Spec
from schemas.errors import PayloadError, TrustError
from schemas.record import ZoneName
from schemas.transmission import Transmission
from schemas.words import Words, apart, named

_STATEMENTS, _ABOUT = "/xapi/statements", "/xapi/about"


_IRI = r"^(?:[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+)?$"


class Settings(BaseModel):
    """What an integrator sets for one learning platform."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    user: str = Field(pattern=r"^[^:\x00-\x1f\x7f]+$", description="Basic user of the platform.")
    password: SecretStr = Field(min_length=1, description="Basic password.")
    course_prefix: str = Field(
        default="", pattern=_IRI, description="What stands before our course id in the platform's IRIs."
    )
    home_page: str = Field(
        default="",
        pattern=_IRI,
        description="homePage of the platform's own accounts: there the name alone is the identifier. An account of "
        "any other homePage is somebody else, known as `homePage|name`.",
    )
    zone: ZoneName | None = Field(
        default=None,
        description="Zone of timestamps that come without an offset; without it such a timestamp is refused.",
    )


class XapiPush:
    """Receives study and results as they happen."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._expected = f"{settings.user}:{settings.password.get_secret_value()}".encode()
        zone = {} if settings.zone is None else {"zone": settings.zone}
        self._context = {"course_prefix": settings.course_prefix, "home_page": settings.home_page, **zone}

    def peer(self, request: Request) -> str:
        """One account an instance: there is only one peer."""
        return ""

    def receive(self, request: Request, state: PeerState) -> Reception:
        """Prove who sends, check every statement's form, hand the batch on with an id in each statement.

        The body stays as it came, unless an id is missing or in capitals: then it is written anew, with ids.

        Raises:
            TrustError: User or password is missing or wrong.
            PayloadError: ``http.path``, ``http.method``, ``http.media-type`` or ``http.request`` (nothing is wrong
                with the body: keep nothing), or a statement is not of the protocol's form: nothing of the batch is
                taken.
        """
        resource = request.path.rstrip("/")
        if resource == _ABOUT and request.method == "GET":  # the one resource that asks for no account
            about = told({"version": [VERSION]}, at=request.arrived_at)
            return Reception((), state, lambda _kept, _commands: about)
        self._prove(request)
        _require_form(request, resource)
        found = batch(request)
        brought = (self._transmission(request, found),) if found.ids else ()
        return Reception(brought, state, lambda kept, _commands: taken(kept, found.ids, request))

    def failure(self, error: Exception) -> Reply:
        """The protocol's answers: 400 for all bad content, 401, 409, 413, 503; both headers on each."""
        return failed(error)

    def describe(self, state: PeerState) -> str:
        """Nothing: there is only one peer."""
        return ""

    def remarks(self, state: PeerState) -> tuple[str, ...]:
        """None: nothing is kept of its peers."""
        return ()

    def _prove(self, request: Request) -> None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            given = b64decode(encoded.strip(), validate=True)
        except ValueError:
            given = b""
        if not hmac.compare_digest(given, self._expected) or scheme.lower() != "basic":
            raise TrustError(
                "auth.token",
                Words("expected the Basic account that is registered for this platform", "应为该平台登记的 Basic 账号"),
            )

    def _transmission(self, request: Request, found: Batch) -> Transmission:
        return Transmission(
            connector=self.name,
            received_at=request.arrived_at,
            media_type="application/json",
            body=found.body,
            form="json",
            path=_STATEMENTS,
            context=self._context,
            content=found.content,
        )


def _require_form(request: Request, resource: str) -> None:
    """Refuse what is not a push of statements. The hub keeps no bytes for it, so that the same body may come again."""
    if resource != _STATEMENTS:
        raise PayloadError(
            "http.path",
            Words(
                f"found no resource here; expected {_STATEMENTS} or {_ABOUT}",
                f"此处没有资源，应为 {_STATEMENTS} 或 {_ABOUT}",
            ),
        )
    if request.method not in ("POST", "PUT"):
        raise PayloadError(
            "http.method",
            Words(
                f"found {request.method[:16]}, expected POST or PUT of statements",
                f"现为 {request.method[:16]}，应以 POST 或 PUT 发送语句",
            ),
        )
    version = request.headers.get("x-experience-api-version", "")
    if not is_version(version):
        raise PayloadError(
            "http.request",
            Words(
                f"found {version[:16]!r}, expected X-Experience-API-Version: 1.0.x",
                f"现为 {version[:16]!r}，应为 X-Experience-API-Version: 1.0.x",
            ),
            "header",
        )
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise PayloadError(
            "http.media-type",
            Words(
                f"found {media_type[:64]!r}, expected application/json",
                f"现为 {media_type[:64]!r}，应为 application/json",
            ),
            "header",
        )
    expected = {"statementId"} if request.method == "PUT" else set()
    if set(request.query) != expected:
        names = named(", ".join(expected)) if expected else Words("none", "无")
        raise PayloadError(
            "http.request",
            Words(
                f"found other parameters with {request.method}, expected {names}",
                f"{request.method} 带有其他参数，应为{apart(names.zh)}",
            ),
            "query",
        )
    if request.method == "PUT" and not is_uuid(request.query["statementId"]):
        raise PayloadError(
            "http.request",
            Words("found a statementId of another form, expected a UUID", "statementId 格式不符，应为 UUID"),
            "query",
        )


SPEC = Spec(
    title="Learning platform, xAPI 1.0.3 statements",
    settings=Settings,
    build=XapiPush,
    ports=("push",),
    auth="password",
    mapping="learning/xapi_push",
    context=("zone", "course_prefix", "home_page"),
    batch="all",
    completeness="none",
    # The last one answers for resources that are not here, in the protocol's form.
    paths=(_STATEMENTS, _ABOUT, "/xapi/{rest:path}"),
    max_body=4 * 1024 * 1024,
    methods=("GET", "POST", "PUT"),
    media=("application/json",),
    receipts=True,
)
