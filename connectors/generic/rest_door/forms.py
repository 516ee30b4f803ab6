"""Which forms the document of such a system must have; without `answer` the status of HTTP says how it went."""

from connectors.generic.rest_door.settings import Settings
from connectors.port import Dialect
from schemas.door import Asked
from schemas.errors import ConfigError, PayloadError, SettingError
from schemas.words import Words

ANSWER, ACCOUNTS, MEMBERS, LOOK = "answer", "accounts", "members", "look"
_GIVES = {ANSWER: "door.Answer", ACCOUNTS: "door.Account", MEMBERS: "door.Member", LOOK: "door.Member"}
_ASKED = Asked(subject="1", person="2", target="3", key="4", cursor="5", page=6, offset=7, size=8)


def require_forms(settings: Settings, dialect: Dialect) -> None:
    """Return if a document reads and writes all that the settings need.

    Raises:
        SettingError: Which form is missing, gives something else, or cannot be written, and why.
    """
    unneeded = {ANSWER, *([] if settings.look else [LOOK])}
    for form, record in _GIVES.items():
        if dialect.gives(form) != {record} and (form not in unneeded or dialect.gives(form)):
            found = ", ".join(sorted(dialect.gives(form))) or "none"
            expected = Words(f"a form `{form}` of {record}", f"给出 {record} 的表单 `{form}`")
            raise SettingError(Words(f"{form}: {found}", f"{form}：{found}"), expected, setting="mappings")
    for name in ("find", "members", "look", "grant", "revoke"):
        operation = getattr(settings, name)
        if operation is not None and operation.body:
            _require_written(dialect, operation.body, f"{name}.body")


def _require_written(dialect: Dialect, body: str, setting: str) -> None:
    try:
        dialect.asked(body, _ASKED)
    except (ConfigError, PayloadError) as error:
        if error.code == "table.unknown":
            return  # it has a table of names, and these are none of them
        expected = Words("a form that writes door.Asked", "可写出 door.Asked 的表单")
        raise SettingError(f"{body!r} ({error.message})", expected, setting=setting) from error
