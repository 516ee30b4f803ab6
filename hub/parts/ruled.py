"""A hub folder with the rules that are in force: its own, or those of the package that its settings name."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hub.config.checks import position_faults
from hub.config.folder import COURSES_FILE, HubFolder, read_folder
from hub.parts.held import Held
from hub.rules.files.finding import UnreadableFile
from hub.rules.files.reading import read_courses, read_position


def ruled_folder(path: Path) -> HubFolder:
    """A hub folder, read and checked, with the rules by which its hub judges.

    Raises:
        LicetError: The folder is wrong, or the package of its rules was not taken, or does not open.
    """
    folder = read_folder(path)
    package = folder.settings.packages.rules
    if not package:
        return folder
    with Held(folder) as held:
        return with_rules(folder, held.stored_packages.rules(package))


def with_rules(folder: HubFolder, texts: Mapping[str, str]) -> HubFolder:
    """A hub folder with other position files and courses in the place of its own, by path.

    Raises:
        LicetError: One cannot be read, or is refused.
    """
    files = {path: text for path, text in texts.items() if path != COURSES_FILE}
    positions = {path: read_position(text, path) for path, text in files.items()}
    courses = read_courses(texts.get(COURSES_FILE, ""), COURSES_FILE)
    specs = {name: instance.spec for name, instance in folder.instances.items()}
    if wrong := list(position_faults(files, folder.settings, specs, positions, courses, folder.renewals)):
        raise UnreadableFile(wrong)
    return replace(folder, position_files=positions, courses=courses)
