"""Every setting of every adapter, given what it does not take: told at its line, by its name, in both languages."""

import re
from itertools import zip_longest

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import connectors
from connectors.algorithms import public_pem
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.rules.files.finding import UnreadableFile

WRONG = {
    "string": ("5", "[]"),
    "integer": ('"many"', "-5"),
    "number": ('"many"', "-5.5"),
    "boolean": ('"perhaps"', "7"),
    "array": ("5", "[{}]"),
    "object": ("5", '["x"]'),
}
"""What is written in the place of a value, by the kind that its setting takes."""
INSTANTS = ("20261231", '"20261231"', "2026-12-31", "2026-12-31T00:00:00", '"2026/12/31"', "1.5")
"""Not one of them says when: a number would be seconds since 1970, and a key would have ended then."""
LIBRARY = re.compile(
    r"Input should|should match pattern|Value error|valid (integer|string|number|list)|ValidationError"
    r"|Extra inputs|Field required|Errno|Literal|pydantic"
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[a-z]{4,} [a-z]{3,} ")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = tmp_path_factory.mktemp("adapters") / "hub"
    scaffold.write(made, "datacentre")
    return made


@pytest.fixture(scope="module")
def whole(home):
    return (home / "licet.toml").read_text(encoding="utf-8").rstrip("\n") + "\n"


def meant(schema, known):
    """The schema that a setting refers to; of one that may be left out, what it is where it is there."""
    if "$ref" in schema:
        return meant(known[schema["$ref"].rpartition("/")[2]], known)
    some = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return meant(some[0], known) if len(some) == 1 else schema


def wrong(schema, known):
    """Values that a setting does not take."""
    schema = meant(schema, known)
    if schema.get("format") == "date-time":
        return INSTANTS[:2]
    first = (schema.get("enum") or ("",))[0]
    if isinstance(first, str) and first:
        return (f'"{first}x"', "5")
    return WRONG.get(schema.get("type", ""), ("[[5]]",))


def told(home, whole, lines):
    """What is found in the folder with some lines more, by the line."""
    (home / "licet.toml").write_text(whole + "\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(UnreadableFile) as error:
        read_folder(home)
    begins = len(whole.splitlines()) + 1
    found = {}
    for each in error.value.findings:
        found.setdefault(each.line - begins, []).append(each)
    return found


def see(found, line, name):
    """That a line is refused for what stands there, in words of ours."""
    mine = [each for each in found.get(line, ()) if name in each.setting.split(".")]
    assert mine, (name, found)
    for each in mine:
        parts = each.parts("en")
        assert each.column and all(parts[part] for part in ("file", "found", "expected", "cure", "code")), parts
        english, chinese = each.told("en"), each.told("zh")
        assert not LIBRARY.search(english + chinese), english
        assert not CHINESE.search(english) and CHINESE.search(chinese), (english, chinese)
        assert not ENGLISH.search(getattr(each.expected, "zh", "")), chinese


def rounds(properties, known, head):
    """Tables in which every setting has a wrong value, until each had its own; where each stands, and its name."""
    named = {name: wrong(schema, known) for name, schema in properties.items()}
    for values in zip_longest(*named.values()):
        taken = [(name, value) for name, value in zip(named, values, strict=True) if value is not None]
        lines = [*head, *(f"{name} = {value}" for name, value in taken)]
        yield lines, [(len(head) + n, name) for n, (name, _value) in enumerate(taken)]


def schema_of(name):
    found = connectors.load(name).settings.model_json_schema()
    return found, found.get("$defs", {})


@pytest.mark.parametrize("name", connectors.shipped())
def test_a_wrong_value_of_each_setting_is_told_where_it_stands(home, whole, name):
    schema, known = schema_of(name)
    for lines, places in rounds(schema["properties"], known, ["[connectors.wrong]", f'adapter = "{name}"']):
        found = told(home, whole, lines)
        for line, setting in places:
            see(found, line, setting)


TABLES = [
    (name, setting)
    for name in connectors.shipped()
    for schema, known in [schema_of(name)]
    for setting, each in schema["properties"].items()
    if "properties" in meant(each, known) or "properties" in meant(meant(each, known).get("items", {}), known)
]
"""The settings that are a table, or a list of tables, by adapter."""


@pytest.mark.parametrize(("name", "setting"), TABLES)
def test_so_it_is_within_a_table_of_an_adapter(home, whole, name, setting):
    schema, known = schema_of(name)
    inner = meant(schema["properties"][setting], known)
    header = f"[connectors.wrong.{setting}]"
    if inner.get("type") == "array":
        inner, header = meant(inner["items"], known), f"[{header}]"
    for lines, places in rounds(inner["properties"], known, ["[connectors.wrong]", f'adapter = "{name}"', header]):
        found = told(home, whole, [*lines, "nonesuch = 1"])
        for line, key in [*places, (len(lines), "nonesuch")]:
            see(found, line, key)


@pytest.mark.parametrize("name", connectors.shipped())
def test_a_choice_that_is_misspelt_is_met_with_the_one_that_was_meant(home, whole, name):
    schema, known = schema_of(name)
    choices = {key: meant(each, known).get("enum", ()) for key, each in schema["properties"].items()}
    long = {key: max(each, key=len) for key, each in choices.items() if each and isinstance(each[0], str)}
    long = {key: value for key, value in long.items() if len(value) > 3}
    lines = ["[connectors.wrong]", f'adapter = "{name}"', "nonesuch = 1"]
    found = told(home, whole, [*lines, *(f'{key} = "{value[:-1]}"' for key, value in long.items())])
    for n, (key, value) in enumerate(long.items()):
        assert any(value in each.hint for each in found[len(lines) + n]), (key, value, found[len(lines) + n])


def test_a_key_file_that_is_not_there_is_told_at_the_key_that_names_it(home, whole):
    keys = [
        line
        for n in range(2)
        for line in ("[[connectors.wrong.keys]]", f'kid = "k{n}"', f'public = "file:keys/none-{n}.pem"')
    ]
    head = ["[connectors.wrong]", 'adapter = "credential/authority_push"', 'source = "urn:x"', 'zone = "Asia/Shanghai"']
    found = told(home, whole, [*head, *keys])
    for n, line in ((0, 6), (1, 9)):
        [only] = found[line]
        assert only.setting.endswith("public") and f"none-{n}.pem" in only.found and only.code == "config.file"
        see(found, line, "public")


def test_an_instant_that_does_not_say_when_is_no_second_of_1970(home, whole):
    key = Ed25519PrivateKey.generate().public_key()
    (home / "keys" / "here.pem").write_bytes(public_pem(key))
    head = ["[connectors.wrong]", 'adapter = "credential/authority_push"', 'source = "urn:x"', 'zone = "Asia/Shanghai"']
    for value in INSTANTS:
        table = ["[[connectors.wrong.keys]]", 'kid = "k"', 'public = "file:keys/here.pem"', f"not_after = {value}"]
        head += table
    found = told(home, whole, head)
    assert sorted(found) == [4 + 4 * n + 3 for n in range(len(INSTANTS))]
    for line in found:
        see(found, line, "not_after")
