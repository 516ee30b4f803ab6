"""What of the settings of a new instance follows from its WSDL."""

import json
from collections.abc import Mapping
from pathlib import Path

from connectors.soap.contract import Contract, read_wsdl, require_library
from connectors.soap.pinned import FoundFiles


def proposed_pull(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """The digests of all files that the WSDL is read from, and its operation, where it has one alone.

    Raises:
        ConfigError: The WSDL cannot be read.
    """
    pinned = _pinned(folder, given)
    only = _only_operation(folder, given, pinned)
    return {**_shown(pinned), **({"operation": only.rpartition("/")[0]} if only else {})}


def proposed_authority(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """The digests, and how the one operation is asked, as far as the WSDL says it.

    Raises:
        ConfigError: The WSDL cannot be read.
    """
    pinned = _pinned(folder, given)
    only = _only_operation(folder, given, pinned)
    if not only:
        return _shown(pinned)
    operation, _, answer = only.rpartition("/")
    status = f"{{ operation = {json.dumps(operation)}, parameters = {{}}, number_at = {json.dumps('/' + answer)} }}"
    return {**_shown(pinned), "status": status}


def _pinned(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    if not given.get("wsdl"):
        return {}
    require_library()
    files = FoundFiles(folder / given["wsdl"])
    read_wsdl(files)
    return files.digests


def _only_operation(folder: Path, given: Mapping[str, str], pinned: Mapping[str, str]) -> str:
    """The one operation that can be asked, and the name of the element that it answers by; empty if there are more."""
    if not pinned:
        return ""
    contract = Contract(folder / given["wsdl"], pinned, given.get("service", ""), given.get("port", ""))
    if len(contract.operations) != 1:
        return ""
    found = contract.operation(contract.operations[0])
    return f"{found.name}/{found.answers.rpartition('}')[2]}"


def _shown(pinned: Mapping[str, str]) -> dict[str, str]:
    """As TOML writes it."""
    pairs = ", ".join(f"{json.dumps(name)} = {json.dumps(digest)}" for name, digest in pinned.items())
    return {"pinned": f"{{ {pairs} }}"} if pinned else {}
