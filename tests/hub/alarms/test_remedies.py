"""What a message tells to type exists: each command that the program names, with its options, in both languages."""

import ast
import re
from pathlib import Path

import pytest
import typer

from hub.alarms import remedies
from hub.alarms.remedies import remedy
from hub.cli.app import app

ROOT = Path(__file__).parents[3]
TYPED = re.compile(r"(?<![\w./-])licet ((?:[a-z][a-z-]* ?)+)((?:(?:[A-Z]+ |[^\x00-\x7f]+ )?--[a-z-]+ ?)*)")
HOLDS = {
    # what holds something back, and the command that lets it go on
    "roster.shrunk": "people accept",
    "guard.wave": "cases decide",
    "clock.leapt": "clock believe",
    "store.restored": "release",
    "registration.refused": "exams retry",
    "registration.no-learner": "people link",
    "access.break-glass": "break-glass end",
    "position.missing": "check",
    "rules.waiting": "rules activate",
    "rules.unreadable": "rules activate",
    "ref.unknown-type": "people block",
    "meaning.late": "cases decide",
    "sink.harm": "resume",
    "sink.mass": "resume",
    "sink.closed-by-hand": "resume",
    "state.id-conflict": "alarms ack",
    "peer.missing": "check",
    "peer.gone": "check",
    "peer.tls": "check",
    "peer.timeout": "check",
    "quarantine.waiting": "quarantine replay",
}


def known(words, group):
    """The longest command that these words begin with, and its options; nothing where there is none."""
    found, path = group, []
    for word in words:
        below = getattr(found, "commands", {})
        if word not in below:
            break
        found, path = below[word], [*path, word]
    whole = path and (not hasattr(found, "commands") or found.invoke_without_command)
    return " ".join(path) if whole else "", {option for each in found.params for option in each.opts}


def typed(text, group):
    """Each command that a text names, and what of it there is not."""
    for words, options in TYPED.findall(text):
        command, there = known(words.split(), group)
        unknown = set(re.findall("--[a-z-]+", options)) - there
        yield command, sorted(unknown) if command else words


TO_FILL = {
    "姓名": "NAME",
    "另一人": "OTHER",
    "理由": "TEXT",
    "文件": "FILE",
    "工号": "PERSON",
    "人数": "N",
    "岗位": "POSITION",
    "时刻": "INSTANT",
    "日期": "DAY",
    "来源": "SOURCE",
    "标识": "IDENTIFIER",
    "编号": "ID",
    "权限系统": "SINK",
    "权限组": "TARGET",
    "资质": "CREDENTIAL",
    "证书编号": "NUMBER",
    "状态": "STATUS",
    "算法": "ALGORITHM",
    "对接系统": "PARTNER",
}
"""What is put into a command by who types it, in Chinese and in English."""


def whole_commands(text, group):
    """Each command that a text names with all that is to be typed behind it: the command, its path, what follows."""
    for begins in re.finditer(r"(?<![\w./-])licet ", text):
        words = re.split("[`；，。、：（）;,:()]", text[begins.end() :])[0].split()
        found, path = group, []
        while words and words[0] in getattr(found, "commands", {}):
            found, path = found.commands[words[0]], [*path, words.pop(0)]
        ends = next((n for n, word in enumerate(words) if not (word.isascii() or word in TO_FILL)), len(words))
        yield found, path, words[:ends]


def lacking(command, words):
    """What a command cannot do without and was not told."""
    flags = {name for each in command.params if getattr(each, "is_flag", False) for name in each.opts}
    options = [word for word in words if word.startswith("--")]
    given = len(words) - len(options) - sum(option not in flags for option in options)
    needed = [each for each in command.params if each.required]
    arguments = [each.name for each in needed if each.param_type_name == "argument"]
    unsaid = [each.opts[0] for each in needed if each.param_type_name == "option" and not {*each.opts} & {*options}]
    return arguments[given:] + unsaid


@pytest.fixture(scope="module")
def group():
    return typer.main.get_command(app)


def test_a_command_or_an_option_that_there_is_not_is_seen(group):
    text = "`licet people acept --by NAME`, licet release --buy 姓名, licet peple list, licet people accept --by 姓名"
    assert [each for _command, each in typed(text, group)] == ["people acept ", ["--buy"], "peple list", []]


@pytest.mark.parametrize("part", ["hub", "connectors", "schemas", "mappings", "audit_log"])
def test_every_command_that_a_text_of_the_program_names_is_one(part, group):
    wrong = []
    for file in sorted((ROOT / part).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                wrong += [(file.name, node.lineno, each) for _command, each in typed(node.value, group) if each]
    assert wrong == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("code", "command"), HOLDS.items())
def test_what_is_held_names_the_command_that_ends_it(code, command, language, group):
    assert command in [each for each, _missing in typed(remedy(code, language), group)]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("code", sorted(remedies.remedies()))
def test_every_remedy_names_a_command_that_there_is(code, language, group):
    found = list(typed(remedy(code, language), group))
    assert found and all(not missing for _command, missing in found), remedy(code, language)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("code", sorted(remedies.remedies()))
def test_every_command_of_a_remedy_can_be_typed_as_it_is_told(code, language, group):
    told = [
        (" ".join(path), lacking(found, rest)) for found, path, rest in whole_commands(remedy(code, language), group)
    ]
    assert told and [each for each in told if each[1]] == []


def test_a_command_that_lacks_something_is_seen(group):
    [(found, path, rest)] = whole_commands("执行 licet cases decide 编号 released --by 姓名 即可", group)
    assert (path, rest) == (["cases", "decide"], ["编号", "released", "--by", "姓名"])
    assert lacking(found, rest) == ["--reason", "--evidence"]
    [(found, _path, rest)] = whole_commands("say `licet people link SOURCE` now", group)
    assert lacking(found, rest) == ["identifier", "person"]
