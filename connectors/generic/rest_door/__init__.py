"""Permission systems that nobody wrote an adapter for: asked and changed as settings and a mapping document say.

Wire:    four operations, each a method, a path, a query and a body: ``find`` (accounts by our identifier), ``members``
         (of a target), ``grant`` and ``revoke``. The document reads what comes back: form ``answer`` (how it went, by
         the system's own codes), ``accounts`` and ``members``; and it writes bodies.
Trust:   TLS, and a bearer token, OAuth 2 client credentials, a password, or a header of the system's own.
Repeats: a membership is a state; every change carries ``Idempotency-Key``, and is read back.
Source:  public interfaces of identity and access systems: 200 with a code, pages with a total, groups by id.

A list counts when it was read to its total, or to a page that brings nobody new; what it does not show counts as closed
once the same answer shows somebody who is known. Never touched: accounts, other members, and targets themselves.
"""

from connectors.dialogue.answers import CONTEXT
from connectors.generic.rest_door.door import RestDoor
from connectors.generic.rest_door.forms import require_forms
from connectors.generic.rest_door.settings import Settings
from connectors.port import Spec

__all__ = ["SPEC", "RestDoor", "Settings"]

SPEC = Spec(
    title="Any permission system, by a mapping document",
    settings=Settings,
    build=RestDoor,
    ports=("door",),
    own_document=True,
    dialect=require_forms,
    context=CONTEXT,
    groups="targets",
)
