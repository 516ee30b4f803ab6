"""Which forms a document must have so that a system can be asked with it."""

from collections.abc import Mapping

from connectors.dialogue.answers import ANSWER
from connectors.dialogue.operations import Operation
from connectors.port import Dialect
from schemas.door import Asked
from schemas.errors import ConfigError, PayloadError, SettingError
from schemas.words import Words


def no_document() -> Dialect:
    """Stands for the document of an instance that names none; raises ``ConfigError`` where it is asked for."""
    raise ConfigError(
        Words(
            "found no mapping document, expected one: nothing can be said to that system without it",
            "未指定映射文档；没有映射文档无法与该系统交互",
        )
    )


def require_read(dialect: Dialect, forms: Mapping[str, str]) -> None:
    """Return if a document has these forms, each of its record, and none but a form of ``door.Answer`` for how it went.

    Raises:
        SettingError: Which form is missing, or gives something else.
    """
    for form, record in {ANSWER: "door.Answer", **forms}.items():
        if dialect.gives(form) != {record} and (form != ANSWER or dialect.gives(form)):
            found = ", ".join(sorted(dialect.gives(form))) or "none"
            expected = Words(f"a form `{form}` of {record}", f"给出 {record} 的表单 `{form}`")
            raise SettingError(Words(f"{form}: {found}", f"{form}：{found}"), expected, setting="mappings")


def require_written(dialect: Dialect, operations: Mapping[str, Operation | None], sample: Asked) -> None:
    """Return if a document writes the bodies that operations name.

    Raises:
        SettingError: Which one cannot be written, and why.
    """
    for name, operation in operations.items():
        if operation is not None and operation.body:
            _require_written(dialect, operation.body, f"{name}.body", sample)


def _require_written(dialect: Dialect, body: str, setting: str, sample: Asked) -> None:
    try:
        dialect.asked(body, sample)
    except (ConfigError, PayloadError) as error:
        if error.code == "table.unknown":
            return  # it has a table of names, and these are none of them
        expected = Words("a form that writes door.Asked", "可写出 door.Asked 的表单")
        found = Words(f"{body!r} ({error.message})", f"{body!r}（{error.told('zh')}）")
        raise SettingError(found, expected, setting=setting) from error
