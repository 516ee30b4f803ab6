"""What a process reads before it begins, for those that are forked."""

import gc
import pkgutil
from importlib import import_module

import hub.cli
import hub.serve

import_module("scim2_server.testserver.cli")
for _each in pkgutil.iter_modules(hub.cli.__path__, "hub.cli."):
    import_module(_each.name)
gc.collect()
gc.freeze()
