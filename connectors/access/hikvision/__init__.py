"""Hikvision access terminals as doors (ISAPI): which doors a person enrolled there may open, and until when.

Wire:    JSON under ``/ISAPI/AccessControl/UserInfo``: Search reads, Modify (or SetUp, where a device refuses it)
         writes one person. A terminal is an instance; a target names doors of it.
Trust:   HTTP Digest; TLS, or a private network.
Repeats: a right is a state. What is closed ends in the past as well (``Valid``), for ``enable: false`` means for ever.
Source:  ISAPI, as measured devices speak it: pages shorter than asked for, lists of one as an object, filters ignored.

With ``lease_hours`` the terminal itself ends what was opened, unless the hub writes it anew, which it does from half of
the time on: a hub that is away for longer than that leaves nobody in. That holds for a freeze as well, and for posts
that are taken back into observe. An end that somebody set at the terminal stays as it is, lease or not.

Never touched: faces, cards, names, other people. Nobody is created and nobody deleted.
"""

from connectors.access.hikvision.door import Hikvision
from connectors.access.hikvision.settings import DoorsOf, Settings
from connectors.port import Spec

__all__ = ["SPEC", "DoorsOf", "Hikvision", "Settings"]

SPEC = Spec(
    title="Hikvision access terminal (ISAPI)", settings=Settings, build=Hikvision, ports=("door",), doors="targets"
)
