"""Why an issuer does not answer: apart from the client, so that only who asks an issuer can raise it."""

import ssl
from typing import TypeVar

from schemas.errors import LicetError, UnavailableError

E = TypeVar("E", bound=LicetError)


def told_apart(error: E) -> E | UnavailableError:
    """The failure of a call by its cause: a certificate that is not trusted and a silence have other cures."""
    if isinstance(error.__cause__, ssl.SSLError):
        return UnavailableError("status.tls", error.message)
    if isinstance(error.__cause__, TimeoutError):
        return UnavailableError("status.timeout", error.message)
    return error
