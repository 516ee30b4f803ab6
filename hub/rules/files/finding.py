"""What is found about a file: where, what stands there, what was expected, what was probably meant, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.rules.files.cures import cure_of
from hub.rules.files.source_text import Place
from schemas.errors import ConfigError
from schemas.nearest import MEANT
from schemas.words import Words, found_and_should, told

Path = tuple[str, ...]
"""Where a value stands: table, key, and so on."""

_WARNING = {"en": "warning: ", "zh": "警告："}
_FORM = {
    "en": "{place}: {warning}{setting}{said}{hint}{cure}",
    "zh": "{place}：{warning}{setting}{said}{hint}{cure}",
}
_MEANT = {"en": ("; ", MEANT, "?"), "zh": ("；", "是否应为", "？")}
_CURE = {"en": ("To do: {} (more: licet docs {})", ". ", " "), "zh": ("处理：{}（详见 licet docs {}）", "。", "")}
_THEN = Words(", then `{}`", "，再执行 `{}`")
_AFTER = {"en": ": ", "zh": "："}
_INSTANCES = ("connectors", "listeners", "operators")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``refused``: the file is not taken; else it is a warning."""

    file: str
    line: int
    path: Path
    found: str
    expected: str
    hint: str = ""
    refused: bool = True
    column: int = 0
    code: str = "config.invalid"
    cure: str = ""
    """What to do, where it is not what is always done about the code."""
    again: str = "licet check"
    """The command that looks once more."""

    def __str__(self) -> str:
        return self.told("en")

    @property
    def instance(self) -> str:
        """The connector, listener or operator of whose table it is; empty for everything else."""
        return self.path[1] if self.path[:1] and self.path[0] in _INSTANCES and len(self.path) > 1 else ""

    @property
    def setting(self) -> str:
        """The setting, within the table of its instance; empty where the whole table is meant."""
        return ".".join(self.path[2:] if self.instance else self.path)

    @property
    def place(self) -> str:
        """File, line and column, as far as they are known."""
        return ":".join([self.file, *(str(each) for each in (self.line, self.column) if each)])

    @property
    def remedy(self) -> Words:
        """What to do and what looks once more: its own cure, or what is always done about the code, at its place."""
        cure = Words(self.cure, told(self.cure, "zh")) if self.cure else self._usual
        if not self.refused or f"`{self.again}" in cure:
            return cure
        return Words(cure + _THEN.format(self.again), f"{cure.zh}" + _THEN.zh.format(self.again))

    @property
    def _usual(self) -> Words:
        """What is always done about the code, with what stands at its place; what is meant, where that is asked."""
        if self.hint.startswith(MEANT) and self.code != "ref.unknown-subject":
            meant = self.hint.removeprefix(MEANT).strip(" ?")
            meant = meant.strip("'") if self.code == "schema.unknown-field" else meant
            return Words(f"write {meant} there, if it is meant", f"如确为该值，请改为 {meant}")
        what = self.setting or (f"[{self.path[0]}.{self.instance}]" if self.instance else self.place)
        if self.code == "schema.missing" and self.path and self.file.endswith(".toml"):
            key, table = self.path[-1], ".".join(self.path[:-1])
            where = Words(f" to [{table}]" if table else "", f" [{table}] 中" if table else "")
            return Words(f"add the line {key} = …{where}", f"在 {self.file}{where.zh}补充一行 {key} = …")
        if self.code == "config.secret" and self.instance and self.setting:
            file, key = f"keys/{self.instance}.{self.path[-1]}", self.path[-1]
            secret = "口令" if "password" in key else "密钥"
            return Words(
                f'write the secret alone into the file {file} (chmod 600), and here {key} = "file:{file}"; or set an'
                f' environment variable, and write {key} = "env:NAME"',
                f'将该{secret}单独写入文件 {file}（chmod 600），此处填写 {key} = "file:{file}"；或设置环境变量，'
                f'此处填写 {key} = "env:变量名"',
            )
        if self.code != "config.invalid":
            return cure_of(self.code)
        if not self.refused:
            return Words(
                f"look at {what} in {self.file}; what is meant so may stay",
                f"核对 {self.file} 中的 {what}，确认无误的可保留",
            )
        return Words(f"change {what} in {self.file}", f"更正 {self.file} 中的 {what}")

    def told(self, language: str) -> str:
        """The finding as one line for people: place, key, what stands there, what was expected, meant, and to do."""
        return _FORM[language].format(
            place=self.place,
            warning="" if self.refused else _WARNING[language],
            setting=self._setting(language),
            said=self._said(language),
            hint=self._hint(language),
            cure=self._cure(language),
        )

    def parts(self, language: str) -> dict[str, str | int | bool]:
        """The finding for programs, its texts in a language."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "instance": self.instance,
            "setting": self.setting,
            "found": told(self.found, language),
            "expected": told(self.expected, language),
            "hint": self.hint,
            "cure": told(self.remedy, language),
            "code": self.code,
            "refused": self.refused,
        }

    def _said(self, language: str) -> str:
        if language == "zh":
            return found_and_should(self.found, self.expected)
        return f"found {self.found}, expected {self.expected}"

    def _setting(self, language: str) -> str:
        table = f"[{self.path[0]}.{self.instance}]" if self.instance else ""
        return "".join(f"{each}{_AFTER[language]}" for each in (table, self.setting) if each)

    def _hint(self, language: str) -> str:
        before, meant, asks = _MEANT[language]
        return f"{before}{self.hint.replace(MEANT, meant).replace('?', asks)}" if self.hint else ""

    def _cure(self, language: str) -> str:
        form, after_statement, after_question = _CURE[language]
        asks = self.hint or told(self.expected, language).endswith(("?", "？"))
        before = after_question if asks else after_statement
        return before + form.format(told(self.remedy, language), self.code)


def at(file: str, place: Place, path: Path, found: str, expected: str, hint: str = "", code: str = "") -> Finding:
    """A finding for which a file is not taken, at a line and column."""
    return Finding(file, place[0], path, found, expected, hint, column=place[1], code=code or "config.invalid")


class UnreadableFile(ConfigError):
    """Files that are not taken, with every finding about them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(Words("; ".join(map(str, findings)), "；".join(each.told("zh") for each in findings)))
        self.findings = tuple(findings)

    def told(self, language: str) -> str:
        """Every finding, a line each; of several how many there are."""
        count = (told(each, language) for each in counted(self.findings))
        return "\n".join([*(each.told(language) for each in self.findings), *count])


def counted(findings: Sequence[Finding]) -> list[Words]:
    """How many refuse and how many warn, where that is not seen at a glance."""
    refused = sum(each.refused for each in findings)
    warned = len(findings) - refused
    if len(findings) < 2:
        return []
    errors = Words(f"{refused} error{'' if refused == 1 else 's'}", f"{refused} 个错误")
    warnings = Words(f"{warned} warning{'' if warned == 1 else 's'}", f"{warned} 条警告")
    return [Words(f"{errors}, {warnings}", f"{errors.zh}，{warnings.zh}") if warned else errors]
