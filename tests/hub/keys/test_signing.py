"""What the hub posts is signed with the key that it publishes: by none before there is one, by the newer of two."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519

from connectors.algorithms import public_jwk
from hub.assembly import Assembly
from hub.keys.desk import LEAD
from hub.store.tables import registrations
from schemas.errors import UnavailableError
from tests.contract.exam_system import examining
from tests.hub.decision.test_law import send
from tests.hub.doors import until
from tests.hub.exams.test_desk import COMPLETED, SECRET, hub, rows

pytest.importorskip("xmlsec", reason="the extra licet[xml] is not installed")
from tests.contract.foreign import of_jose

THEIRS = x25519.X25519PrivateKey.generate()
SEALED = {
    "profile": "sealed",
    "receiver": "exams-prod",
    "receiver_key": {"kid": "theirs", "public": json.dumps(public_jwk(THEIRS.public_key(), "ecdh-x25519"))},
}


class Opens:
    """What an exam system opens messages with; ``kids`` are the keys that signed."""

    def __init__(self, published: Callable[[], dict[str, Any]]) -> None:
        self._published, self.kids = published, list[str]()

    def verify(self, body: bytes, headers: dict[str, str]) -> Any:
        header, content = of_jose(body, THEIRS, self._published())
        self.kids.append(header["kid"])
        return json.loads(content)


def codes(parts: Assembly) -> list[str | None]:
    """Why each registration is not taken yet."""
    with parts.database.reading() as session:
        return [row.code for row in session.all(registrations.registrations_listed, {"kind": "exam"})]


def test_a_word_waits_for_a_key_and_goes_out_signed_with_the_one_that_is_published(tmp_path):
    with examining(SECRET) as system, hub(tmp_path, system, secret=None, envelope=SEALED) as (parts, clock):
        system.verifies = opens = Opens(parts.public_keys)  # type: ignore[assignment]
        send(parts, COMPLETED, clock)
        until(lambda: codes(parts) == ["keys.none"], "told that there is no key")
        assert system.words == [] and rows(parts) == [("dc-ops-exam", "registered", "decided")]
        made = parts.key_desk.new("ed25519", "wang", clock.now())
        until(lambda: rows(parts) == [("dc-ops-exam", "registered", "accepted")], "registered")
        assert system.may_sit("dc-ops-exam") == ["lms-E1"] and set(opens.kids) == {made.kid}


def test_while_keys_change_the_newer_one_signs_from_its_first_instant_and_a_revoked_one_no_more(tmp_path):
    with examining(SECRET) as system, hub(tmp_path, system) as (parts, clock):
        signing = parts.own_keys.signing
        old = parts.key_desk.new("ed25519", "wang", clock.now())
        _ended, new = parts.key_desk.rotate(old.kid, "wang", clock.now())
        assert signing("ed25519", clock.now()).kid == old.kid
        assert signing("ed25519", clock.now() + LEAD - timedelta(seconds=1)).kid == old.kid
        assert signing("ed25519", clock.now() + LEAD).kid == new.kid
        parts.key_desk.revoke("", new.kid, None, "lost", "wang", clock.now())
        with pytest.raises(UnavailableError) as error:
            signing("ed25519", clock.now() + LEAD)
        assert error.value.code == "keys.none" and "licet keys new --algorithm ed25519" in error.value.message
