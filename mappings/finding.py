"""What is found about a file of a mapping: where, what stands there, what was expected, how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from schemas.errors import ConfigError
from schemas.nearest import MEANT
from schemas.words import Words, found_and_should, told

_TOLD = {
    "en": ("{place}: {warning}{at}{said}{hint}{cure}", "warning: ", ": ", "; "),
    "zh": ("{place}：{warning}{at}{said}{hint}{cure}", "警告：", "：", "；"),
}
_CURE = {
    "en": ("{}To do: {}, then `{}` (more: licet docs {})", ". ", " "),
    "zh": ("{}处理：{}，再执行 `{}`（详见 licet docs {}）", "。", ""),
}
_MEND = Words("mend that place", "更正该处")


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
    """What to do; or the question what was probably meant."""
    line: int = 1
    column: int = 0
    refused: bool = True
    code: str = "config.invalid"

    def __str__(self) -> str:
        return self.told("en")

    def told(self, language: str) -> str:
        """The finding as one line for people."""
        form, warning, after, before = _TOLD[language]
        return form.format(
            place=":".join([self.file, *(str(each) for each in (self.line, self.column) if each)]),
            warning="" if self.refused else warning,
            at=f"{self.pointer}{after}" if self.pointer else "",
            said=self._said(language),
            hint=f"{before}{told(self.mend, language)}" if self._asks else "",
            cure=self._cure(language),
        )

    def _said(self, language: str) -> str:
        if language == "zh":
            return found_and_should(self.found, self.expected)
        return f"found {self.found}, expected {self.expected}"

    @property
    def _asks(self) -> bool:
        """Whether ``mend`` is the question what was meant."""
        return self.mend.startswith(MEANT)

    def _cure(self, language: str) -> str:
        if not self.refused:
            return "" if self._asks or not self.mend else f"{_TOLD[language][3]}{told(self.mend, language)}"
        form, after_statement, after_question = _CURE[language]
        asks = self._asks or told(self.expected, language).endswith(("?", "？"))
        to_do = _MEND if self._asks or not self.mend else self.mend
        return form.format(after_question if asks else after_statement, told(to_do, language), self._again, self.code)

    @property
    def _again(self) -> str:
        """The command that looks once more: a case is tried with its document."""
        folder = PurePath(self.file).parent
        if folder.suffix == ".cases":
            return f"licet mapping test {folder.with_suffix('.json')}"
        return f"licet mapping lint {self.file}"

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


class WrongFile(ConfigError):
    """A file that is not taken, with every finding about it."""

    def __init__(self, findings: Sequence[LintFinding]) -> None:
        first = findings[:5]
        super().__init__(Words("; ".join(map(str, first)), "；".join(each.told("zh") for each in first)))
        self.findings = tuple(findings)

    def told(self, language: str) -> str:
        """Every finding, a line each."""
        return "\n".join(each.told(language) for each in self.findings)
