"""What is found about a file of a mapping: where, what stands there, what was expected, how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.errors import ConfigError
from schemas.words import told

_TOLD = {
    "en": ("warning: ", "found {}, expected {}"),
    "zh": ("警告: ", "现为 {}, 应为 {}"),
}


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One finding; ``pointer`` leads to it. ``refused``: the document is not taken; else it is a warning."""

    file: str
    pointer: str
    found: str
    expected: str
    mend: str
    line: int = 1
    refused: bool = True

    def __str__(self) -> str:
        return self.told("en")

    def told(self, language: str) -> str:
        """The finding as one line for people."""
        warning, form = _TOLD[language]
        said = form.format(told(self.found, language), told(self.expected, language))
        where = f"{self.pointer}: " if self.pointer else ""
        mend = f"; {told(self.mend, language)}" if self.mend else ""
        return f"{self.file}:{self.line}: {'' if self.refused else warning}{where}{said}{mend}"


class WrongFile(ConfigError):
    """A file that is not taken, with every finding about it."""

    def __init__(self, findings: Sequence[LintFinding]) -> None:
        super().__init__("; ".join(map(str, findings[:5])))
        self.findings = tuple(findings)
