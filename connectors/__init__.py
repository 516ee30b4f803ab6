"""How each outside system talks. ``load(name)`` imports one adapter and takes its ``SPEC``."""

from importlib import import_module
from importlib.metadata import entry_points

from connectors.port import Spec
from schemas.errors import ConfigError


def load(name: str) -> Spec:
    """The ``SPEC`` of adapter ``world/system``; packages from elsewhere join by entry-point group ``connectors``.

    Raises:
        ConfigError: There is no such adapter.
    """
    for point in entry_points(group="connectors", name=name):
        found = point.load()
        break
    else:
        try:
            found = import_module(f"connectors.{name.replace('/', '.')}").SPEC
        except ModuleNotFoundError as missing:
            raise ConfigError(
                f"adapter {name!r} does not exist; expected world/system, for example access/scim"
            ) from missing
    if not isinstance(found, Spec):
        raise ConfigError(f"adapter {name!r} has no SPEC")
    return found
