"""Statements of a learning platform, pushed as xAPI 1.0.3.

Wire:    POST (one statement or a list) and PUT to ``/xapi/statements``; JSON; header X-Experience-API-Version.
         What a camera saw of the learner: `interacted` with ``urn:licet:xapi:face`` in ``result.extensions``, one of
         ``face``, ``no_face``, ``not_self``; of the latter two ``urn:licet:xapi:until`` says until when.
Trust:   HTTP Basic over TLS, one account per platform.
Repeats: until answered exactly 200; a statement is known by its id, or by its fingerprint where it has none.
         A batch is taken whole or not at all; only 400 makes senders split it, so all bad content is a 400.
Source:  xAPI 1.0.3, Data (2.2 to 2.4, 4: what a statement is) and Communication (2.1: statements, 3.3: versions).
"""

from connectors.learning.xapi_push.adapter import SPEC, Settings, XapiPush

__all__ = ["SPEC", "Settings", "XapiPush"]
