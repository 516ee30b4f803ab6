"""A round of bodies for one target, the same whenever it has the same number."""

from typing import Any

from hypothesis import HealthCheck, given, seed, settings

from tests.fuzz.targets import Target


def feed(target: Target, number: int, bodies: int = 100) -> None:
    """Feed a target; what breaks it is made as small as it can be and raised."""
    strategy, take = target

    @seed(number)
    @settings(max_examples=bodies, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def fed(body: Any) -> None:
        take(body)

    fed()
