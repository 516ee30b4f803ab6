"""Any system that answers over HTTP: asked by settings, read by a mapping document of the hub folder.

Wire:    GET, or POST with a JSON or form body, of one URL; JSON, XML or text. Pages by number, offset, cursor, a URL in
         the answer or the Link header; a window of time that moves; ETag where there are no pages.
Trust:   TLS, and a token (fixed, of a file, of a log-in, OAuth 2 client credentials; in a header or the URL), a
         password (Basic, Digest), or a signature of the vendor's own form. No redirect, and no page of another server.
Repeats: a page is asked for until it was kept, also after a restart. A page that is as it was in the last round is not
         handed on. The watermark moves once all pages of its window were kept; pages that contradict each other
         (one that comes back, fewer items than their total) move nothing, and the round begins anew, with an alarm.
Source:  RFC 9110 (ETag, Retry-After), RFC 8288 (Link), RFC 6749 4.4, RFC 6750, RFC 7616, RFC 7617.
"""

from connectors.generic.rest_pull.settings import Settings
from connectors.generic.rest_pull.source import rest_pull
from connectors.port import Spec

__all__ = ["SPEC", "Settings"]

SPEC = Spec(
    title="Any system that is asked over HTTP, by a mapping document",
    settings=Settings,
    build=rest_pull,
    ports=("poll",),
    own_document=True,
    context=("zone",),
    batch="each",
    completeness="pull",
)
