"""Directories that speak LDAP, OpenLDAP and Active Directory: membership of groups is the access.

Wire:    search, compare and modify; one person and one group a change. A person is named by ``entryUUID`` or
         ``objectGUID``, never by a name that a move changes.
Trust:   TLS (ldaps or StartTLS) and a simple bind; in clear to loopback only.
Repeats: a membership is a state; adding what is there and taking away what is not are told by their result codes.
Source:  RFC 4511 section 4 (operations, codes), RFC 4530 (entryUUID), MS-ADTS 3.1.1.3.1.3.3 (ranged members),
         3.1.1.3.4.4.3 (LDAP_MATCHING_RULE_IN_CHAIN), MS-SAMR 3.1.1.8.2 (primaryGroupID), RFC 2696 (pages).

Who is not found counts as nobody, or as gone, once that same search has found somebody; an absence in a group counts
once the very read in use has shown somebody there. In Active Directory somebody is also in a group through others
inside it, and by the primary group of an account, which no ``member`` shows; and everybody is in one that holds
Authenticated Users. A person ends that (``sink.indirect``), not we. Never touched: accounts, other members, whole
groups, primary groups.
"""

from connectors.access.ldap.door import Ldap
from connectors.access.ldap.settings import Settings
from connectors.port import Spec

__all__ = ["SPEC", "Ldap", "Settings"]

SPEC = Spec(title="LDAP directory (OpenLDAP, Active Directory)", settings=Settings, build=Ldap, ports=("door",))
