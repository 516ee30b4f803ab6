"""Every query by its former name; new code imports ``hub.store.tables.<aggregate>``."""

# ruff: noqa: F403
from hub.store.tables.access import *
from hub.store.tables.connectors import *
from hub.store.tables.facts import *
from hub.store.tables.identity import *
from hub.store.tables.intake import *
from hub.store.tables.log import *
from hub.store.tables.notices import *
from hub.store.tables.review import *
