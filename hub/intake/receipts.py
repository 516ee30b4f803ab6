"""What a sender keeps: a signed receipt that commits to the bytes it sent, the entry they left and its place's hash.

The entry's hash is the leaf of the log: whoever has the receipt can ask later for the proof that the leaf stands in
the signed tree, and nobody can take the entry out without breaking a promise that is signed.

Source:  RFC 7515 (JWS), RFC 9864 (Ed25519), RFC 7638 (the thumbprint that names the key), RFC 9162 2.1 (leaf hash).
"""

from base64 import b64encode
from hashlib import sha256

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OKPKey

from hub.clock import from_us, stamp
from hub.store.commit import Tx
from hub.store.tables import receipts as sql
from schemas.transmission import Transmission

TYPE = "licet-receipt+jws"
"""What is signed under the same key and is no receipt has another type, or is no JWS at all."""
_ALGORITHM = "Ed25519"


class Receipts:
    """Gives receipts; the same one again for a message that comes again. ``hub`` is the name of the log."""

    def __init__(self, hub: str, key: Ed25519PrivateKey) -> None:
        self._hub = hub
        self._key = OKPKey.import_key(key)
        self._header = {"alg": _ALGORITHM, "kid": self._key.thumbprint(), "typ": TYPE}

    def give(self, transmission: str, message: Transmission, entry: str, leaf: bytes, tx: Tx) -> str:
        """The receipt of a message that has just left an entry, as a compact JWS."""
        row = sql.ReceiptRow(sha256(message.body).digest(), entry, leaf, tx.now_us)
        tx.session.run(sql.insert_receipt, {"transmission": transmission, **row._asdict()})
        return self._signed(transmission, message, row)

    def again(self, transmission: str, message: Transmission, tx: Tx) -> str:
        """The receipt of a message that came before, however it is written now; empty if none was given."""
        row = tx.session.one(sql.receipt_of, {"transmission": transmission})
        return "" if row is None else self._signed(transmission, message, row)

    def _signed(self, transmission: str, message: Transmission, row: sql.ReceiptRow) -> str:
        claims = {
            "iss": self._hub,
            "sub": message.connector,
            "aud": message.peer,
            "jti": message.id or transmission,
            "at": stamp(from_us(row.at)),
            "body_sha256": row.body.hex(),
            "entry": row.entry,
            "leaf": b64encode(row.leaf).decode(),
        }
        payload = orjson.dumps(claims, option=orjson.OPT_SORT_KEYS)
        return jws.serialize_compact(self._header, payload, self._key, algorithms=[_ALGORITHM])
