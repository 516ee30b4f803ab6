"""Seconds of attendance added up: credited, counted of required, and open."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """Seconds: ``credited`` for the hours, ``counted`` of ``required`` for the rate, ``open`` that cannot be told."""

    credited: int = 0
    counted: int = 0
    required: int = 0
    open: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.credited + other.credited,
            self.counted + other.counted,
            self.required + other.required,
            self.open + other.open,
        )

    def __neg__(self) -> "Tally":
        return Tally(-self.credited, -self.counted, -self.required, -self.open)


NOTHING = Tally()
