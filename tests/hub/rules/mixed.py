"""What the rows about mixed lives share: the person's post, its year, classes, and rules that several ask."""

from tests.hub.rules.story import (
    at,
    attended,
    issuer,
    opening,
    position,
    q_post,
    stint,
)

POSTED = stint("2022-01-05")
YEAR_2026 = opening("1", said="01-05", since="2026-01-01", to="2026-12-31")
TWO_YEARS = opening("1", said="01-05", since="2026-01-01", to="2027-12-31")


def hours(course="annual", **more):
    return {"kind": "hours", "courses": [course], **more}


def annual(over, done, **more):
    return attended("annual", over, done, **more)


def own(demands=(), grant=("learned",), **more):
    return {
        "issuer": "hub",
        "valid_for": "12 months",
        "grant": {"needs": list(grant), "over": "stint", "from": "announcement"},
        "demands": list(demands),
        **more,
    }


BY_CHECKPOINT = q_post(
    requirement={"annual": hours(at_least_hours=40)},
    demands=[{"needs": "annual", "over": "credential_year", "on_shortfall": "checkpoint", "cure": "15 days"}],
    valid_for="24 months",
)
B = position(
    id="b",
    requirement={"learned": hours("b-intro", at_least_hours=4), "annual": hours(at_least_hours=20)},
    credential={"b-own": own([{"needs": "annual", "over": "cycle"}])},
    ladder=[{"scope": "full", "needs": ["b-own"]}],
)
B_POSTED = stint("2022-01-05", post="b")
RESTS_ON_A = position(
    id="b",
    requirement={"of-a": {"kind": "credential", "credential": "post:q"}},
    ladder=[{"scope": "full", "needs": ["of-a"]}],
)
DEFERRED = annual("12-20 17:00", 0, of=3, status="excused", unit="S", deferred_until=at("2027-01-09"))
N = issuer("N", said="01-05", since="2025-02-01", to="2028-01-31")
CURED = [annual("06-10 17:00", 26, of=40), annual("2027-02-10 17:00", 10), annual("2027-03-10 17:00", 4)]
FORTY = {"annual": hours(at_least_hours=40)}
RE_EXAMINED = q_post(
    requirement={**FORTY, "re": {"kind": "exam", "exam": "re"}},
    demands=[{"needs": "annual", "over": "cycle"}, {"needs": "re", "over": "cycle"}],
)
BACK = {
    "requirement": {**FORTY, "refresher": {"kind": "course", "course": "back"}},
    "return": {"after": "90 days", "scope": "supervised", "needs": ["refresher"]},
}
S_DUE = q_post(grant=["learned", "intro-exam"], requirement={"intro-exam": {"kind": "exam", "exam": "intro"}})


def revoked(said):
    return issuer("1", "revoked", said=said, credential="q", sequence=2)
