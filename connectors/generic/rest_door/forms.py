"""Which forms the document of such a system must have; without `answer` the status of HTTP says how it went."""

from connectors.dialogue.forms import require_read, require_written
from connectors.generic.rest_door.settings import Settings
from connectors.port import Dialect
from schemas.door import Asked

ACCOUNTS, MEMBERS, LOOK = "accounts", "members", "look"
_ASKED = Asked(subject="1", person="2", target="3", key="4", cursor="5", page=6, offset=7, size=8)


def require_forms(settings: Settings, dialect: Dialect) -> None:
    """Return if a document reads and writes all that the settings need.

    Raises:
        SettingError: Which form is missing, gives something else, or cannot be written, and why.
    """
    looks = {LOOK: "door.Member"} if settings.look else {}
    require_read(dialect, {ACCOUNTS: "door.Account", MEMBERS: "door.Member", **looks})
    names = ("find", "members", "look", "grant", "revoke")
    require_written(dialect, {name: getattr(settings, name) for name in names}, _ASKED)
