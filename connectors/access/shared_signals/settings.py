"""What an integrator sets for one receiver."""

from pathlib import Path
from typing import Annotated, Literal, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AfterValidator, BaseModel, Field, SecretStr, model_validator

from schemas.words import Words

_LEAST_BITS = 2048
_KEY = Words(
    f"a private RSA key in PEM, without a password, of {_LEAST_BITS} bits or more",
    f"PEM 格式、无口令、不少于 {_LEAST_BITS} 位的 RSA 私钥",
)


def read_key(pem: SecretStr) -> RSAPrivateKey:
    """The RSA key of a PEM text.

    Raises:
        ValueError: It is none, or too short.
    """
    try:
        key = load_pem_private_key(pem.get_secret_value().encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(_KEY) from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < _LEAST_BITS:
        raise ValueError(_KEY)
    return key


def _is_key(pem: SecretStr) -> SecretStr:
    read_key(pem)
    return pem


RsaKey = Annotated[SecretStr, AfterValidator(_is_key)]


class Settings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one receiver."""

    issuer: str = Field(
        pattern=r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?$",
        description="Who we are: https://HOST[:PORT] at which receivers find the hub, without a path.",
    )
    audience: str = Field(min_length=1, description="The receiver's name in our tokens (aud).")
    endpoint_url: str = Field(description="Where tokens are posted.")
    authorization: SecretStr | None = Field(
        default=None, description="Whole value of the Authorization header that the receiver wants, Bearer and all."
    )
    key: RsaKey = Field(description="Private key that signs: RSA, 2048 bits or more, PEM.")
    next_key: RsaKey | None = Field(
        default=None, description="Key that will sign one day, or did: published, so that receivers know it by then."
    )
    stream_id: str = Field(default="licet", pattern=r"^[A-Za-z0-9._-]{1,64}$", description="Name of this stream.")
    subject_format: Literal["email", "iss_sub", "opaque"] = Field(
        default="email", description="How people are named: our identifier as an address, beside an issuer, or alone."
    )
    subject_issuer: str = Field(default="", description="Issuer of people's identifiers, for iss_sub.")
    events: tuple[Literal["credential-change", "session-revoked"], ...] = Field(
        default=("credential-change", "session-revoked"), min_length=1, description="What the receiver wants to hear."
    )
    deadline_seconds: float = Field(default=5.0, gt=0, le=60, description="Longest wait for the answer to a token.")
    proxy_url: str = Field(default="", description="Forward proxy through which alone it connects: http://HOST:PORT.")
    allow_private_address: bool = Field(
        default=False, description="Let it connect to loopback and private addresses, there also without TLS."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of the only authorities to trust, from the hub folder."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.subject_issuer) != (self.subject_format == "iss_sub"):
            raise ValueError(
                Words(
                    "subject_issuer and subject_format iss_sub together",
                    "subject_issuer 与 subject_format = iss_sub 同时填写",
                )
            )
        if "credential-change" not in self.events:
            raise ValueError(
                Words(
                    "events: credential-change among them: an opening is told by nothing else",
                    "events 须含 credential-change：开通只由它告知",
                )
            )
        return self
