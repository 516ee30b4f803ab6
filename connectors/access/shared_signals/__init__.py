"""Receivers of Shared Signals (OpenID SSF 1.0, CAEP 1.0): told that somebody's right was withdrawn, or given again.

Wire:    POST of one signed token (SET) an event, RFC 8935: for a closure ``credential-change`` (revoke) and
         ``session-revoked`` with one ``txn``, for an opening ``credential-change`` (update). The hub answers at
         ``/.well-known/ssf-configuration`` and ``/ssf/jwks.json``, to anyone.
Trust:   RS256; the receiver takes our key from ``jwks_uri``. A receiver may want an Authorization header.
Repeats: until answered 202, under the same ``jti``, which names the change.
Source:  SSF 1.0 (discovery, stream events), CAEP 1.0, RFC 8417 (SET), RFC 8935 (push), RFC 9493 (subjects).

One instance is one stream, agreed with its receiver; streams are not made over the wire. A receiver says that it has a
token, never what it did with it: a change is *accepted* at most.
"""

from connectors.access.shared_signals.settings import Settings
from connectors.access.shared_signals.transmitter import Transmitter
from connectors.port import Spec

__all__ = ["SPEC", "Settings", "Transmitter"]

SPEC = Spec(
    title="Shared Signals receiver (SSF 1.0, CAEP)",
    settings=Settings,
    build=Transmitter,
    ports=("push", "door"),
    paths=("/.well-known/ssf-configuration", "/ssf/jwks.json"),
    max_body=1024,
    methods=("GET",),
)
