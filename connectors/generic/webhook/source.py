"""The source: proves who sends, and hands the body on unread."""

import json
from collections.abc import Mapping, Sequence

from connectors.generic.webhook.proofs import Proofs, Proven
from connectors.generic.webhook.settings import Settings
from connectors.key_set import KeySetSource, PublishedKey
from connectors.port import Command, Kept, PeerState, Reception, Reply, Request
from connectors.reply import PROBLEM, problem, problem_of, receipt_of, wait
from schemas.errors import PayloadError, TrustError
from schemas.transmission import Transmission
from schemas.words import Words

_LONGEST_ID = 256
_REFUSED = Reply(401, b'{"type":"urn:licet:error:refused","status":401,"code":"refused"}', PROBLEM)
"""The one answer to whatever failed about trust: a forger learns nothing. The log holds the true code."""


class Webhook:
    """Receives what one system posts."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._proofs = Proofs(settings)
        self._context: Mapping[str, str] = {} if settings.zone is None else {"zone": settings.zone}

    def published_keys(self) -> Sequence[PublishedKey]:
        """The keys that it publishes now.

        Raises:
            LicetError: They cannot be had, or are none.
        """
        assert self._settings.key_set is not None, "only who publishes keys is asked for them"
        return KeySetSource(self._settings.key_set).fetch()

    def peer(self, request: Request) -> str:
        """One system an instance: there is only one peer."""
        return ""

    def receive(self, request: Request, state: PeerState) -> Reception:
        """Prove who sends, and hand the body on unread.

        Raises:
            TrustError: The sender does not prove itself as it is set to.
            PayloadError: ``http.method``, ``http.media-type`` or ``http.request``: nothing is kept.
        """
        proven = self._proofs.prove(request, state)
        brought = Transmission(
            connector=self.name,
            received_at=request.arrived_at,
            media_type=proven.media,
            body=proven.body,
            id=self._id(request, proven),
            form=self._settings.form,
            path=request.path,
            context={**self._context, **self._said(request, proven)},
        )
        return Reception((brought,), state, self._reply, proven.kid, proven.shown)

    def failure(self, error: Exception) -> Reply:
        """A problem document (RFC 9457); the same one for every failure of trust."""
        return _REFUSED if isinstance(error, TrustError) else problem(problem_of(error), wait(error))

    def describe(self, state: PeerState) -> str:
        """Nothing: there is only one peer."""
        return ""

    def remarks(self, state: PeerState) -> tuple[str, ...]:
        """None: nothing is kept of its peers."""
        return ()

    def _id(self, request: Request, proven: Proven) -> str | None:
        name = self._settings.id_header or ("webhook-id" if self._settings.profile == "webhook" else None)
        if name is None:
            return proven.id
        found = request.headers.get(name, "")
        _require_covered(proven, [name] if found else [])
        if not 0 < len(found) <= _LONGEST_ID or not found.isprintable():
            raise PayloadError(
                "http.request",
                Words(f"expected an id of at most {_LONGEST_ID} characters", f"应为不超过 {_LONGEST_ID} 个字符的编号"),
                f"header {name}",
            )
        return found

    def _said(self, request: Request, proven: Proven) -> dict[str, str]:
        """What the mapping document may read of the request beside its body."""
        headers, query = request.headers, request.query
        said = {f"header.{name}": headers[name] for name in self._settings.headers if name in headers}
        _require_covered(proven, [name.removeprefix("header.") for name in said])
        return {**said, **{f"query.{name}": query[name] for name in self._settings.query if name in query}}

    def _reply(self, kept: Sequence[Kept], _commands: Sequence[Command]) -> Reply:
        [what] = kept
        given = receipt_of(kept)
        if 0 < what.counts.get("quarantined", 0) == what.total:
            detail = Words(
                "quarantined: nothing of this message could be read; it is kept for a person to look at",
                "已隔离：该报文无法读取，已留存待人工核实",
            )
            return problem({**PayloadError("schema.form", detail).problem(), "id": what.id}, given)
        body = self._settings.answer_body or json.dumps({"id": what.id, **what.counts})
        return Reply(self._settings.answer_status, body.encode(), "application/json", given)


def _require_covered(proven: Proven, names: Sequence[str]) -> None:
    """Return if what a request's headers say was proven with it.

    Raises:
        TrustError: ``sig.components``.
    """
    missing = [name for name in names if name not in proven.covered]
    if missing:
        raise TrustError(
            "sig.components",
            Words(
                f"the signature does not cover {', '.join(missing)}, which is read here",
                f"签名未覆盖此处所读取的 {'、'.join(missing)}",
            ),
        )
