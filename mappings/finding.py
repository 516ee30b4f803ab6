"""What is found about a file of a mapping: where, what stands there, what was expected, how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.errors import ConfigError
from schemas.words import Words, told

_TOLD = {
    "en": ("{place}: {warning}{at}found {found}, expected {expected}{mend}", "warning: ", ": ", "; "),
    "zh": ("{place}：{warning}{at}现为{found}，应为{expected}{mend}", "警告：", "：", "；"),
}


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One finding; ``pointer`` leads to it, ``line`` is 0 where the whole file is meant.

    ``refused``: the document is not taken; else it is a warning.
    """

    file: str
    pointer: str
    found: str
    expected: str
    mend: str
    line: int = 1
    refused: bool = True
    code: str = "config.invalid"
    column: int = 0

    def __str__(self) -> str:
        return self.told("en")

    def told(self, language: str) -> str:
        """The finding as one line for people."""
        form, warning, after, before = _TOLD[language]
        return form.format(
            place=":".join([self.file, *(str(each) for each in (self.line, self.column) if each)]),
            warning="" if self.refused else warning,
            at=f"{self.pointer}{after}" if self.pointer else "",
            found=_apart(self.found, language),
            expected=_apart(self.expected, language),
            mend=f"{before}{told(self.mend, language)}" if self.mend else "",
        )

    def parts(self, language: str) -> dict[str, str | int | bool]:
        """The finding for programs, its texts in a language."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "pointer": self.pointer,
            "found": told(self.found, language),
            "expected": told(self.expected, language),
            "mend": told(self.mend, language),
            "code": self.code,
            "refused": self.refused,
        }


def _apart(text: str, language: str) -> str:
    """A text after a word: in Chinese a blank stands between it and Latin letters alone."""
    said = told(text, language)
    return f" {said}" if language == "zh" and said[:1].isascii() else said


class WrongFile(ConfigError):
    """A file that is not taken, with every finding about it."""

    def __init__(self, findings: Sequence[LintFinding]) -> None:
        first = findings[:5]
        super().__init__(Words("; ".join(map(str, first)), "；".join(each.told("zh") for each in first)))
        self.findings = tuple(findings)
