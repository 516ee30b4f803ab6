"""Verifiable credentials and Open Badges that holders have handed in, and how they stand by their issuer's word.

Wire:    a folder with a file for each signed credential (compact JWS: VC 2.0, VC 1.1 with ``vc``, Open Badges 3.0 and
         2.0) or hosted badge (JSON, Open Badges 2.0); GET of status lists (Bitstring Status List 1.0, StatusList2021),
         of the revocation list, and of hosted badges with their classes, each once a round.
Trust:   the issuer, its keys and addresses are registered; a key that a credential shows or points to is none. A list
         counts if the same issuer signed it, for its address and purpose, dated no earlier than the last one, within
         its time. Of a hosted badge what stands at its address counts, not the copy in hand.
Repeats: each round looks at every credential and hands on what has changed. What cannot be known keeps its state, is an
         alarm, and is looked at again; the end that was stated closes all the same.
Source:  W3C Verifiable Credentials 1.1 and 2.0, VC-JOSE-COSE, Bitstring Status List 1.0; 1EdTech Open Badges 2.0, 3.0.
"""

from connectors.credential.badges.settings import Settings
from connectors.credential.badges.source import Badges
from connectors.port import Spec

__all__ = ["SPEC", "Badges", "Settings"]

SPEC = Spec(
    title="Verifiable credentials and badges of one issuer, as it says that they stand",
    settings=Settings,
    build=Badges,
    ports=("poll",),
    mapping="credential/badges",
    batch="each",
    completeness="none",
    closes=True,
    known_by="issuer_file",
    keys="keys",
    key_set="key_set",
)
