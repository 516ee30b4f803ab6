"""Permission systems that speak SCIM 2.0: membership of role groups is the access.

Wire:    GET, and PATCH (PUT where a profile says so) of groups, ``application/scim+json``; one person and one group
         a change.
Trust:   TLS, and a bearer token, OAuth 2 client credentials, a password, or a header of the server's own.
Repeats: a membership is a state; every change carries ``Idempotency-Key``, and is read back by id.
Source:  RFC 7643 (resources; 2.1: names have no case), RFC 7644 3.4 (reading, filters, pages), 3.5.2 (PATCH, path with
         a value filter), 3.14 (versions).

How a server differs from these is a *profile*: ``rfc``, ``entra``, ``keycloak``, ``aws``, ``aliyun``, ``canaille``, or
a file of the hub folder. An absence counts once the very read in use has shown somebody known in that group, to its
end, and every group inside it as well; who is in through one is told to a person (``sink.indirect``). Keycloak does not
list those: there no absence is proven, unless a profile of one's own says ``inner_groups = "none"``. Never touched:
accounts (``active``) and other members.
"""

from connectors.access.scim.door import Scim
from connectors.access.scim.settings import Settings
from connectors.port import Spec

__all__ = ["SPEC", "Scim", "Settings"]

SPEC = Spec(title="SCIM 2.0 permission system", settings=Settings, build=Scim, ports=("door",), groups="groups")
