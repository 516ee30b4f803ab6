"""What an integrator sets for one system that speaks SOAP."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from connectors.server import ServerSettings
from schemas.words import Words

Digest = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{64}$")]
FaultWord = Literal["empty", "busy", "login"]


class SoapSettings(ServerSettings, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets so that a system that speaks SOAP can be asked, and believed."""

    path: str = Field(
        default="",
        pattern=r"^(/[^?#\s]*)?$",
        description="Where it is asked, behind base_url; the address in the WSDL is not used.",
    )
    wsdl: Path = Field(description="Its WSDL, a copy in the hub folder: soap/training.wsdl.")
    pinned: dict[str, Digest] = Field(
        min_length=1,
        description="SHA-256 of the WSDL and of each file that it imports, by their names from its folder, as"
        " sha256sum prints them. Nothing else is loaded.",
    )
    service: str = Field(default="", description="Service of the WSDL, where it has several.")
    port: str = Field(default="", description="Port of it; without one the first over SOAP that has the operation.")
    faults: dict[str, FaultWord] = Field(
        default_factory=dict,
        description="What its faults mean, by code, subcode or the first element of their detail: empty (there is"
        " nothing), busy, login (we are not let in). Others are failures.",
    )
    wss_user: str = Field(default="", description="User of a UsernameToken (WS-Security), for servers that want one.")
    wss_password: SecretStr | None = Field(default=None, description="Its password.")
    wss_digest: bool = Field(default=True, description="It is shown as a digest; false: as it is, for TLS alone.")
    sign_certificate: Path | None = Field(
        default=None, description="PEM file of our certificate: Body and Timestamp of each request are signed."
    )
    sign_key: SecretStr | None = Field(default=None, description="Its private key, PEM.")
    answer_certificates: Path | None = Field(
        default=None,
        description="PEM file of its certificates: Body and Timestamp of each answer must be signed by one. Two while"
        " they change over. Without it an answer is believed by TLS alone.",
    )
    freshness_seconds: float = Field(
        default=300.0, gt=0, le=3600, description="How old the Timestamp of an answer may be."
    )

    @model_validator(mode="after")
    def _proofs_are_whole(self) -> Self:
        for wrong, en, zh in (
            (
                bool(self.wss_user) != (self.wss_password is not None),
                "wss_user and wss_password together",
                "wss_user 与 wss_password 同时填写",
            ),
            (
                (self.sign_certificate is None) != (self.sign_key is None),
                "sign_certificate and sign_key together",
                "sign_certificate 与 sign_key 同时填写",
            ),
        ):
            if wrong:
                raise ValueError(Words(en, zh))
        return self
