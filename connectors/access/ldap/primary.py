"""Memberships in Active Directory that no ``member`` and no ``memberOf`` of an account shows.

An account names its primary group by a number (``primaryGroupID``), the last part of the group's SID; the parts before
are those of the account's own (MS-DTYP 2.4.2.2, MS-SAMR 3.1.1.8.2). And where a group holds everybody who has signed
in, every account is in it, which Windows says in each token, and the directory nowhere (MS-DTYP 2.4.2.4).
"""

from typing import Literal

from connectors.ldap import Entry

Way = Literal["primary", "everybody", ""]
"""By what an account is in a group that shows it nowhere; empty: by neither."""
EVERYBODY = tuple(
    bytes((1, 1, 0, 0, 0, 0, 0, authority)) + number.to_bytes(4, "little")
    for authority, number in ((1, 0), (5, 2), (5, 4), (5, 11), (5, 15))
)
"""The SIDs of Everyone, Network, Interactive, Authenticated Users and This Organization."""

SHOWN = ("objectSid", "primaryGroupID", "objectClass")
"""What of an account is asked for to tell its primary group."""
_ACCOUNT = b"user"
"""The class of all that can sign in: computers and ``inetOrgPerson`` are of it, too; contacts are not."""


def is_account(entry: Entry) -> bool:
    """Whether an entry may sign in, and so has a primary group; so it is taken where that is not shown."""
    classes = [each.lower() for each in entry.values("objectClass")]
    return not classes or _ACCOUNT in classes


def sid_of(entry: Entry) -> bytes | None:
    """The SID of an entry; nothing where it shows none that is whole."""
    found = entry.values("objectSid")
    if len(found) != 1 or len(found[0]) < 12 or len(found[0]) != 8 + 4 * found[0][1]:
        return None
    return found[0]


def primary_of(account: Entry) -> bytes | None:
    """The SID of an account's primary group; nothing where the account does not show enough of it."""
    own, found = sid_of(account), account.values("primaryGroupID")
    if own is None or len(found) != 1 or not found[0].isdigit() or int(found[0]) >= 1 << 32:
        return None
    return own[:-4] + int(found[0]).to_bytes(4, "little")


def number_of(group_sid: bytes) -> int:
    """The number by which accounts name a group as their primary one."""
    return int.from_bytes(group_sid[-4:], "little")
