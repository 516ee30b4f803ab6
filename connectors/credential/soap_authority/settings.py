"""What an integrator sets for one authority that is asked over SOAP."""

from pydantic import BaseModel, Field

from connectors.soap.settings import SoapSettings
from connectors.vendor_server import Pointer, Value
from schemas.record import Identifier, ZoneName


class Question(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """One operation, asked about one certificate."""

    operation: str = Field(min_length=1, description="The operation; it must change nothing.")
    parameters: dict[str, Value] = Field(
        description="What it is asked with, as the WSDL calls it; /certificate/no is within certificate. {number},"
        " {credential} (by the authority's name) and {holder} stand for the certificate."
    )
    number_at: Pointer = Field(
        description="Where the answer repeats the number: one about another certificate is not taken."
    )
    form: str = Field(default="", description="Form of the mapping document; empty where it has one alone.")


class Settings(SoapSettings, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What an integrator sets for one authority that is asked over SOAP."""

    credentials: dict[Identifier, str] = Field(
        min_length=1, description="The credentials that it gives: by our names -> by its own."
    )
    status: Question = Field(description="How it is asked how a certificate stands.")
    renewal: Question | None = Field(
        default=None,
        description="How it is asked what the renewal of a certificate takes; after how all of them stand.",
    )
    zone: ZoneName = Field(description="Time zone of its plain dates, for example Asia/Shanghai.")
    at_once: int = Field(default=32, ge=1, le=500, description="How many questions go into one commit.")
    requests_per_minute: float | None = Field(
        default=None, gt=0, le=60_000, description="So often at most it is asked, evenly."
    )
    deadline_seconds: float = Field(default=15.0, gt=0, le=300, description="Longest wait for an answer.")
    most_bytes: int = Field(default=1 << 20, ge=1024, le=16 << 20, description="Longest answer in bytes.")
