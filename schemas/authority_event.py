"""What a certification authority is asked to push: one event of a credential's status, alike in JSON and XML.

The hub reads what comes by a mapping document, which may be another for an authority that writes otherwise; this is the
form that is published, and from it the JSON Schema and the XSD are made.

Source:  CloudEvents 1.0.2 (attributes), RFC 3339 (instants).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+\-][0-9]{2}:[0-9]{2})"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

Instant = Annotated[str, Field(pattern=f"^{INSTANT}$", json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(pattern=f"^{DAY}$", json_schema_extra={"format": "date"})]
Hours = Annotated[str, Field(pattern=r"^[0-9]{1,6}(\.[0-9]{1,2})?$")]
Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\s]+$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class CredentialNamed(_Part):
    """Which certificate it is."""

    number: Annotated[str, Field(min_length=1, max_length=128)] = Field(
        description="As it is printed; always a string, leading zeros and blanks kept."
    )
    scheme: Name = Field(description="The credential, as agreed with the hub: low-voltage-electrician.")


class Holder(_Part):
    """Whose certificate it is."""

    ref: Name = Field(description="The reference that was agreed on for this person; no identity number in clear.")
    ref_type: Literal["pairwise"] | None = Field(default=None, description="A reference between you and this hub only.")


class RenewalBlock(_Part):
    """What the renewal of this certificate takes, for people to read: quoted with its day, nothing depends on it."""

    rule_id: Name = Field(description="Your name of the rule: special-operation/3y.")
    demands: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="What you demand, in the words in which you want it quoted."
    )
    hours_required: Hours | None = Field(default=None, description="Hours of training you demand, as you count them.")
    hours_earned: Hours | None = Field(default=None, description="Hours of them that you know of.")
    period_start: Day | None = Field(default=None, description="First day of the period to which they belong.")
    period_end: Day | None = Field(default=None, description="Its last day.")


class StatusChange(_Part):
    """What has changed."""

    credential: CredentialNamed
    holder: Holder
    status: Literal["active", "suspended", "revoked", "expired", "lapsed", "superseded", "unknown"] = Field(
        description="How it stands from effective_at on. revoked is final for a number."
    )
    effective_at: Instant = Field(description="From when that holds; in the future it is taken and waits for the day.")
    previous_status: Name | None = Field(default=None, description="Kept with the event; nothing depends on it.")
    reason_code: Annotated[str, Field(max_length=128)] | None = Field(default=None, description="Your word for why.")
    observed_at: Instant | None = Field(default=None, description="Kept with the event; nothing depends on it.")
    valid_from: Day | None = Field(default=None, description="First day of validity, in the zone you registered.")
    valid_until: Day | None = Field(default=None, description="Last day of validity; absent: without an end.")
    review_due: Day | None = Field(default=None, description="Last day for your own periodic review.")
    renewal: RenewalBlock | None = Field(
        default=None, description="What you demand for the renewal, from effective_at on: quoted in warnings."
    )


class AuthorityEvent(_Part):
    """One event. In XML its root is ``AuthorityPush`` and each member an element; what is absent is left out."""

    specversion: Literal["1.0"]
    id: Annotated[str, Field(min_length=1, max_length=256)] = Field(
        description="Of this event for ever: the same in each retry, another for each new event."
    )
    source: Annotated[str, Field(min_length=1, max_length=512)] = Field(description="Yours, as registered.")
    type: Literal["credential.status.changed.v1"]
    subject: Annotated[str, Field(min_length=1, max_length=512)] | None = Field(
        default=None, description="Kept with the event; the certificate is told in data."
    )
    time: Instant | None = Field(default=None, description="When you said it.")
    datacontenttype: Literal["application/json"] | None = None
    dataschema: Literal["urn:hub:schema:credential-status:1"] | None = None
    sequence: Annotated[str, Field(pattern="^[0-9]{1,18}$")] | None = Field(
        default=None, description="Rises with each event of one number: what comes late is then known as late."
    )
    hubaud: Annotated[str, Field(min_length=1, max_length=128)] | None = Field(
        default=None, description="The hub's name, where you agreed on it."
    )
    data: StatusChange
