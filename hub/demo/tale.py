"""The tale as it is told: one line a step, and what each claim was checked by."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from hub.views.status import ConnectorStatus

HUB = "hub says"
"""Where a claim rests on the hub's own word: nobody outside shows it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that a claim rests on: where somebody looked, what was seen there, whether it is as claimed."""

    where: str
    what: str
    held: bool

    def __str__(self) -> str:
        """The text of a line; what is not as claimed is marked."""
        return f"{'' if self.held else '✗ '}{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story: who, what happened, why, and what was seen of it."""

    when: str
    who: str
    what: str
    why: str
    seen: tuple[Seen, ...]
    ms: float | None = None

    @property
    def held(self) -> bool:
        """Whether everything that was seen is as claimed; a claim that nobody looked at does not hold."""
        return bool(self.seen) and all(seen.held for seen in self.seen)

    def __str__(self) -> str:
        """The step on one line."""
        ms = "" if self.ms is None else f" [{self.ms:.0f} ms]"
        told = "; ".join(map(str, self.seen)) or "nobody looked"
        return f"{'✓' if self.held else '✗'} {self.when}  {self.who:<6} {self.what} — {self.why}; {told}{ms}"

    def json(self) -> dict[str, Any]:
        """The step for programs."""
        return {**asdict(self), "held": self.held}


@dataclass(slots=True)
class Tale:
    """Steps told so far; prints each as it happens unless it is told to a program."""

    quiet: bool
    steps: list[Step] = field(default_factory=list)

    def tell(self, step: Step) -> None:
        """Tell one step."""
        self.steps.append(step)
        if not self.quiet:
            print(step, flush=True)

    @property
    def held(self) -> bool:
        """Whether there was a story, and every claim held."""
        return bool(self.steps) and all(step.held for step in self.steps)


def ending(tale: Tale, connectors: Sequence[ConnectorStatus], seconds: float) -> str:
    """What is said at the end: how each connector stands, and whether every claim held."""
    lines = [_connector_line(each) for each in connectors]
    verdict = "every claim held" if tale.held else "A CLAIM DID NOT HOLD"
    lines.append(f"'{HUB}' is the hub's own word; everything else was looked at outside")
    lines.append("a hub of your own, and its mapping workbench in a browser: `licet init site; cd site; licet serve`;")
    lines.append("beside it: `licet mapping page`")
    return "\n".join([*lines, f"{verdict}: {len(tale.steps)} steps in {seconds} s"])


def _connector_line(connector: ConnectorStatus) -> str:
    words = " ".join(f"{word}={count}" for word, count in connector.balance.items() if count)
    verdict = "balanced" if connector.balanced else "NOT BALANCED"
    return f"  {connector.name:<10} {verdict}  {words or 'nothing received'}"
