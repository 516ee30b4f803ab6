"""All that there may be of a person, as unknowns of a solver; the same unknown for the same thing in all files.

A person holds the post for two weeks. What was learned was learned before that time (``old``) or in it (``within``).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import z3

When = Literal["old", "within"]
Thing = tuple[str, ...]
"""What an unknown is about: ``("credited", course, when)``, ``("active", number of a scheme)`` and so on."""

Person = Mapping[Thing, int | bool]
"""One person: each unknown with its value."""

_AT_MOST = 1_000_000


class Unknowns:
    """The unknowns, each made when it is first asked for, and what holds of all of them."""

    def __init__(self) -> None:
        self._flags: dict[Thing, z3.BoolRef] = {}
        self._numbers: dict[Thing, z3.ArithRef] = {}

    def flag(self, *thing: str) -> z3.BoolRef:
        """Whether something is so."""
        return self._flags.setdefault(thing, z3.Bool("/".join(thing)))

    def number(self, *thing: str) -> z3.ArithRef:
        """How much of something there is, a whole number from zero on."""
        return self._numbers.setdefault(thing, z3.Int("/".join(thing)))

    def things(self) -> set[Thing]:
        """What was asked for so far."""
        return {*self._flags, *self._numbers}

    def someone(self, what: z3.BoolRef) -> Person | None:
        """The person of whom a statement is true and of whom there is least to tell; nothing, if nobody can be."""
        solver = z3.Optimize()
        solver.add(what, *self._bounds())
        solver.minimize(z3.Sum([*self._numbers.values(), *(z3.If(each, 1, 0) for each in self._flags.values()), 0]))
        if solver.check() != z3.sat:
            return None
        model = solver.model()
        values: dict[Thing, int | bool] = {
            thing: bool(z3.is_true(model.eval(each, model_completion=True))) for thing, each in self._flags.items()
        }
        values.update(
            (thing, model.eval(each, model_completion=True).as_long()) for thing, each in self._numbers.items()
        )
        return values

    def true_of(self, person: Person, what: Any) -> Any:
        """What a formula comes to for one person."""
        values = [(self._flags[thing], z3.BoolVal(value)) for thing, value in person.items() if thing in self._flags]
        counts = [(self._numbers[thing], z3.IntVal(value)) for thing, value in person.items() if thing in self._numbers]
        return z3.simplify(z3.substitute(what, *values, *counts))

    def _bounds(self) -> Iterable[z3.BoolRef]:
        for thing, each in self._numbers.items():
            yield z3.And(each >= 0, each <= (5 if thing[0] == "provenance" else _AT_MOST))
