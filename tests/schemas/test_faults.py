"""A refused value is named by place, found and expected, in the same words wherever it was refused."""

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from hub.rules.files.reading import read_position
from mappings.lint import examine
from schemas.errors import ConfigError
from schemas.faults import faults_of, kind_of, shown


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seconds: int


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    inner: Inner
    secret: SecretStr = SecretStr("")


def faults(values):
    with pytest.raises(ValidationError) as refused:
        Outer.model_validate(values)
    return faults_of(refused.value)


def test_a_missing_an_unknown_and_a_wrong_value():
    [missing] = faults({"inner": {}})
    assert (missing.code, str(missing)) == ("schema.missing", "inner.seconds: found nothing, expected a value")
    [wrong] = faults({"inner": {"seconds": "soon"}})
    assert wrong.code == "schema.type" and "found 'soon', expected a whole number" in str(wrong)


def test_what_stands_under_an_unknown_name_is_not_shown_for_it_may_be_a_secret():
    [unknown] = faults({"inner": {"seconds": 1}, "secrt": "hunter2"})
    assert unknown.code == "schema.unknown-field" and unknown.at == ("secrt",)
    assert "hunter2" not in str(unknown)


def test_a_secret_of_the_wrong_kind_is_not_shown():
    assert not any("hunter2" in str(each) for each in faults({"inner": {}, "secret": SecretStr("hunter2")}))


def test_mappings_and_positions_say_it_in_these_words():
    with pytest.raises(ConfigError, match=r"post\.toml:1:1: name: found nothing, expected a value"):
        read_position('id = "post"', "post.toml")
    document, [finding] = examine("x.json", b'{"forms": {"in": {"read": "json"}}, "form": {}}')
    assert document is None and (finding.found, finding.pointer) == ("an unknown name", "/form")


def test_what_a_model_refuses_is_said_in_both_languages():
    [wrong] = faults({"inner": {"seconds": {"a": 1}}})
    assert (wrong.found.zh, wrong.expected.zh) == ("一组设置", "整数")
    assert [(shown([1, 2]), shown([1, 2]).zh), (shown(None), shown(None).zh)] == [
        ("a list of 2", "2 项的列表"),
        ("null", "null"),
    ]


def test_a_value_of_json_is_named_as_people_call_its_kind():
    values = [None, True, 1, 1.5, "x", [], {}]
    assert [kind_of(each) for each in values] == [
        "nothing",
        "true or false",
        "a number",
        "a number",
        "a text",
        "a list",
        "an object",
    ]
    assert all(kind_of(each).zh for each in values)
