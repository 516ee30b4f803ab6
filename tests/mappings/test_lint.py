"""A wrong document says where it is wrong, what was found, what was expected and how to mend it; it never runs."""

import json

import pytest

import mappings
from mappings.lint import examine
from schemas.errors import ConfigError

FIELDS = {
    "subject": {"at": "/no"},
    "position": {"value": "duty"},
    "starts_at": {"at": "/from", "as": "date_start", "zone": "Asia/Shanghai"},
    "as_of": {"context": "as_of", "as": "instant"},
}


def document(read="json", fields=None, key=({"at": "/no"},), **form):
    record = {"record": "people.Assignment", "fields": {**FIELDS, **(fields or {})}}
    return {"forms": {"in": {"read": read, "key": list(key), "records": [record], **form}}}


def findings(given):
    return examine("x.json", given if isinstance(given, bytes) else json.dumps(given).encode())[1]


IN = "/forms/in"
RECORD = f"{IN}/records/0"


def test_a_sound_document_has_no_findings():
    assert findings(document()) == []


@pytest.mark.parametrize(
    ("given", "pointer", "words"),
    [
        (document(fields={"positon": {"at": "/x"}}), f"{RECORD}/fields/positon", "did you mean 'position'?"),
        (
            document(fields={"starts_at": {"at": "/x", "as": "instnat"}}),
            f"{RECORD}/fields/starts_at/as",
            "did you mean 'instant'?",
        ),
        (document(fields={"subject": {"at": "no"}}), f"{RECORD}/fields/subject/at", "'no'"),
        (document(fields={"subject": {"at": "/a~2"}}), f"{RECORD}/fields/subject/at", "'/a~2'"),
        (document(fields={"subject": {}}), f"{RECORD}/fields/subject", "no source"),
        (document(fields={"subject": {"at": "/no", "value": "x"}}), f"{RECORD}/fields/subject", "expected one of"),
        (document(fields={"subject": {"at": "/no", "optional": True}}), f"{RECORD}/fields/subject", "remove optional"),
        (document(fields={"starts_at": {"at": "/x", "as": "date_start"}}), f"{RECORD}/fields/starts_at", "zone"),
        (
            document(fields={"starts_at": {"at": "/x", "as": "date_start", "zone": "Asia/Shangai"}}),
            f"{RECORD}/fields/starts_at/zone",
            "IANA zone",
        ),
        (
            document(fields={"starts_at": {"at": "/x", "as": "instant", "formats": ["%Y"]}}),
            f"{RECORD}/fields/starts_at",
            "'%Y'",
        ),
        (document(separator=","), f"{IN}/separator", "unknown name"),
        (document(eahc="/x"), f"{IN}/eahc", "did you mean 'each'?"),
        (
            document(fields={"subject": {"at": "/no", "zone": {"contxt": "z"}}}),
            f"{RECORD}/fields/subject/zone/contxt",
            "'context'",
        ),
        (document(key=()), IN, "no key"),
        (document(fields={"subject": {"at": "../no"}}), f"{RECORD}/fields/subject/at", "at most 0 times"),
        (document(each="/l", fields={"subject": {"at": "../../no"}}), f"{RECORD}/fields/subject/at", "at most 1 times"),
        (
            document(fields={"subject": {"at": "/no", "as": ["trim", {"do": "pad"}]}}),
            f"{RECORD}/fields/subject/as/1",
            "pad needs",
        ),
        (
            document(fields={"subject": {"at": "/no", "as": ["trim", "uper"]}}),
            f"{RECORD}/fields/subject/as/1",
            "did you mean 'upper'?",
        ),
        (
            document(ignore=[{"when": [{"at": "/no", "any": []}], "reason": "x"}]),
            f"{IN}/ignore/0/when/0/any",
            "1 or more",
        ),
        (document("fixed", columns={"no": [4, 2], "from": [4, 9]}), IN, "expected a first place and a later one"),
        (
            document("delimited", separator=",", header=["no", "from"], aliases={"n": "frm"}),
            f"{IN}/aliases/n",
            "did you mean 'from'?",
        ),
        ({"format": 3, **document()}, "/format", "at most 2"),
        (document(like="other"), f"{IN}/like", "'other'"),
        (
            document("delimited", separator=",", columns=["no", "form"]),
            f"{RECORD}/fields/starts_at/at",
            "did you mean '/form'?",
        ),
        (document("delimited", separator=","), IN, "exactly one of columns, header"),
        (document("csv"), IN, "csv"),
        ({"forms": {}}, "/forms", "1 or more"),
        ({}, "/forms", "nothing"),
        (b'{"forms":{},"forms":{}}', "", 'x.json:1:13: found the name "forms" twice in one object'),
    ],
)
def test_a_mistake_is_found_at_its_place(given, pointer, words):
    found = findings(given)
    assert pointer in [each.pointer for each in found]
    assert words in " ".join(map(str, found))
    assert all(each.file == "x.json" and each.expected and each.mend for each in found)


def test_a_required_field_that_is_not_listed_is_found():
    given = document()
    del given["forms"]["in"]["records"][0]["fields"]["starts_at"]
    [finding] = findings(given)
    assert (finding.pointer, finding.mend) == (f"{RECORD}/fields", "add starts_at")


def test_a_form_that_does_not_say_how_it_is_read_is_asked_for_that_word():
    given = document()
    del given["forms"]["in"]["read"]
    [finding] = findings(given)
    assert (finding.pointer, finding.found) == (f"{IN}/read", "nothing") and "of which kind" in finding.expected


@pytest.mark.parametrize("name", ["people.Asignment", "people.Record", "errors.Code", "os.System"])
def test_only_canonical_records_can_be_named(name):
    given = document()
    given["forms"]["in"]["records"][0]["record"] = name
    assert f"{RECORD}/record" in [each.pointer for each in findings(given)]


def test_a_wrong_document_is_not_loaded(tmp_path):
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "x.json").write_text(json.dumps(document(fields={"positon": {"at": "/x"}})))
    with pytest.raises(ConfigError, match="positon"):
        mappings.load("people/x", tmp_path)
    with pytest.raises(ConfigError, match="found no document"):
        mappings.load("people/y", tmp_path)
    assert [each.mend for each in mappings.lint(tmp_path / "people" / "x.json")] == ["did you mean 'position'?"]


def test_a_finding_names_the_line_on_which_it_stands():
    text = json.dumps(document(fields={"subject": {"at": "/no", "tabel": {"1": "x"}}}), indent=1)
    [finding] = findings(text.encode())
    line = next(n for n, each in enumerate(text.split("\n"), 1) if '"tabel"' in each)
    assert str(finding).startswith(f"x.json:{line}:8: {RECORD}/fields/subject/tabel: found ")
    assert finding.told("zh").startswith(f"x.json:{line}:8：{RECORD}/fields/subject/tabel：未知名称，应为")


def when(*conditions):
    return {"when": [dict(each) for each in conditions], "reason": "out"}


UPPER = {"at": "/no", "as": "upper", "table": {"a": "x", "B": "y"}}
IS_1, IS_2 = {"at": "/no", "is": "1"}, {"at": "/no", "is": "2"}


@pytest.mark.parametrize(
    ("given", "pointer", "words"),
    [
        (document(ignore=[when(IS_1, IS_2)]), f"{IN}/ignore/0", "never hold together"),
        (document(ignore=[when(IS_1, {"at": "/no", "exists": False})]), f"{IN}/ignore/0", "never hold together"),
        (document(ignore=[when({"at": "/no", "in": ["1", "2"]}), when(IS_2)]), f"{IN}/ignore/1", "ignore/0"),
        (document(ignore=[when({"at": "/no", "exists": True}), when(IS_2)]), f"{IN}/ignore/1", "ignore/0"),
        (document(fields={"subject": {"value": "x", "else": [{"at": "/no"}]}}), f"{RECORD}/fields/subject/else/0", ""),
        (document("delimited", separator=",", columns=["no", "from", "mask"]), f"{IN}/columns", "mask"),
        (document(known={"": ["no", "from", "age"]}), f"{IN}/known/", "age"),
        (document(fields={"subject": UPPER}), f"{RECORD}/fields/subject/table/a", "behind upper"),
        (document(ignore=[when({"any": [IS_1, IS_2]}), when({"any": [IS_1, IS_2]})]), f"{IN}/ignore/1", "ignore/0"),
    ],
)  # fmt: skip
def test_what_stands_in_vain_is_a_warning_and_the_document_runs(given, pointer, words):
    [finding] = findings(given)
    assert finding.pointer == pointer and words in finding.found and not finding.refused
    assert "warning: " in str(finding)


@pytest.mark.parametrize("conditions", [(IS_1,), (IS_1, {"at": "/from", "is": "1"}), ({"at": "/no", "is": 1},)])
def test_what_an_item_can_reach_is_no_finding(conditions):
    assert findings(document(ignore=[when(*conditions), when(IS_2)])) == []
