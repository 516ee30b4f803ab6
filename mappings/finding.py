"""What is found about a file of a mapping: where, what stands there, what was expected, how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.errors import ConfigError
from schemas.nearest import MEANT

_TOLD = {
    "en": ("warning: ", "found {}, expected {}", MEANT),
    "zh": ("警告: ", "现为 {}, 应为 {}", "是否应为"),
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
        warning, form, meant = _TOLD[language]
        said = form.format(self.found, self.expected)
        where = f"{self.pointer}: " if self.pointer else ""
        mend = f"; {self.mend.replace(MEANT, meant)}" if self.mend else ""
        return f"{self.file}:{self.line}: {'' if self.refused else warning}{where}{said}{mend}"


class WrongFile(ConfigError):
    """A file that is not taken, with every finding about it."""

    def __init__(self, findings: Sequence[LintFinding]) -> None:
        super().__init__("; ".join(map(str, findings[:5])))
        self.findings = tuple(findings)
