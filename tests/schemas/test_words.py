"""What is found and what should be, as a Chinese notice says it."""

import pytest

from schemas.errors import PayloadError, SettingError
from schemas.words import Words, found_and_should, number_of


@pytest.mark.parametrize(
    ("found", "expected", "said"),
    [
        ("'x'", "时区名称", "现为 'x'，应为时区名称"),
        ("一组设置", "0600 或 0640", "现为一组设置，应为 0600 或 0640"),
        ("80", "不大于 1", "现为 80，应不大于 1"),
        ("'b'", "与文件名一致", "现为 'b'，应与文件名一致"),
        ("没有对应开头的 }", "]", "现为没有对应开头的 }，应为 ]"),
        ("BOM", "不带 BOM 的 UTF-8 编码", "现为 BOM，应为不带 BOM 的 UTF-8 编码"),
        ("高风险", "写明岗位的危险因素", "现为高风险，应写明岗位的危险因素"),
        ("'b'", "不同的 id", "现为 'b'，应为不同的 id"),
        ("没有该文件", "2027 年安排", "没有该文件，应为 2027 年安排"),
        ("未加密的地址", "https 地址", "现为未加密的地址，应为 https 地址"),
        ("无", "有值", "未填写"),
        ("未填写", "一个值", "未填写"),
        ("未填写", "一个值：监听地址", "未填写，应填写：监听地址"),
        (" 'x'", " 本平台", "现为 'x'，应为本平台"),
    ],
)
def test_a_refusal_reads_like_a_notice(found, expected, said):
    assert found_and_should(Words("x", found), Words("y", expected)) == said


def test_a_setting_and_a_body_are_refused_in_the_same_way():
    refused = SettingError(Words("80", "80"), Words("at most 1", "不大于 1"), setting="rate")
    assert refused.told("zh") == "rate：现为 80，应不大于 1" and str(refused) == "rate: found 80, expected at most 1"
    body = PayloadError("schema.range", Words("80", "数值 80"), "/rate", expected=Words("at most 1", "不大于 1"))
    assert body.told("zh") == "数值 80，应不大于 1"
    assert body.found == "80", "what was expected is told beside it, once"


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("alarm",), "0 alarms"),
        (1, ("alarm",), "1 alarm"),
        (2, ("alarm",), "2 alarms"),
        (1, ("entry", "entries"), "1 entry"),
        (3, ("case waits", "cases wait"), "3 cases wait"),
    ],
)
def test_one_of_a_thing_is_not_told_as_many(number, words, said):
    assert number_of(number, *words) == said
