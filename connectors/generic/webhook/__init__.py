"""Messages of any system that can POST: read by a mapping document of the hub folder, told apart by settings.

Wire:    POST to ``/in/<instance>``; any text that the mapping document reads (JSON, XML, a form, lines of columns); at
         most 4 MiB.
Trust:   the one profile that was agreed on: a token in a header, HTTP Basic, Standard Webhooks with a secret or a key,
         an HTTP message signature (tag ``message``); or a message that is signed and encrypted to the hub (a JWS of
         type ``message+jws`` in a JWE, or XML).
Repeats: until answered 2xx; known by the sender's own id where a header or the seal (``jti``) brings one, else by the
         digest of the body and of what the document reads beside it.
Source:  RFC 6750 (bearer), RFC 7617 (Basic), Standard Webhooks 1.0.0, RFC 9421 (signature), RFC 7515 and RFC 7516
         (sealed), XML Signature and Encryption 1.1, RFC 9457 (refusals).
"""

from connectors.generic.webhook.settings import Settings
from connectors.generic.webhook.source import Webhook
from connectors.port import Spec

__all__ = ["SPEC", "Settings", "Webhook"]

SPEC = Spec(
    title="Any system that posts messages, by a mapping document",
    settings=Settings,
    build=Webhook,
    ports=("push",),
    profile="profile",
    keys="keys",
    key_set="key_set",
    secret_unless={"secret": ("profile=http-signature", "profile=sealed", "profile=xml", "keys", "key_set")},
    own_document=True,
    context=("zone", "header.{headers}", "query.{query}"),
    batch="each",
    completeness="none",
    max_body=4 * 1024 * 1024,
    media=(
        "application/json",
        "application/xml",
        "text/csv",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jose",
    ),
    receipts=True,
)
