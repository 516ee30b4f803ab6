"""What an account of Active Directory shows of its primary group, byte by byte; the rest is tried at a real domain."""

import pytest

from connectors.access.ldap.primary import is_account, number_of, primary_of, sid_of
from connectors.ldap import Entry

DOMAIN = bytes.fromhex("0105000000000005150000000102030405060708090a0b0c")
OWN = DOMAIN + (1107).to_bytes(4, "little")


def entry(**values: object) -> Entry:
    return Entry("cn=a", {name: each if isinstance(each, list) else [each] for name, each in values.items()})


@pytest.mark.parametrize("number", [0, 513, 1103, 2**32 - 1])
def test_the_primary_group_is_of_the_domain_of_its_account(number):
    group = primary_of(entry(objectsid=OWN, primarygroupid=str(number).encode()))
    assert group == DOMAIN + number.to_bytes(4, "little")
    assert number_of(group) == number


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"objectsid": OWN},
        {"primarygroupid": b"513"},
        {"objectsid": OWN, "primarygroupid": []},
        {"objectsid": OWN, "primarygroupid": [b"513", b"1103"]},
        {"objectsid": [OWN, OWN], "primarygroupid": b"513"},
        {"objectsid": OWN, "primarygroupid": b""},
        {"objectsid": OWN, "primarygroupid": b"-1"},
        {"objectsid": OWN, "primarygroupid": "５１３".encode()},
        {"objectsid": OWN, "primarygroupid": str(2**32).encode()},
        {"objectsid": OWN[:-1], "primarygroupid": b"513"},
        {"objectsid": OWN + b"\0\0\0\0", "primarygroupid": b"513"},
        {"objectsid": b"\x01\x00" + bytes(6), "primarygroupid": b"513"},
        {"objectsid": b"", "primarygroupid": b"513"},
    ],
    ids=str,
)
def test_what_does_not_tell_it_whole_tells_nothing(shown):
    assert primary_of(entry(**shown)) is None


def test_whose_class_is_not_shown_is_taken_for_an_account():
    assert [is_account(entry(objectclass=each)) for each in ([b"top", b"User"], [], [b"top", b"contact"])] == [
        True,
        True,
        False,
    ]
    assert sid_of(entry(objectsid=OWN)) == OWN
