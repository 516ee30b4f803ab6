"""What people read is what was reviewed, and has the form of an official text."""

import re

import pytest

from tests.texts import HERE, LANGUAGES, texts

TEXTS = dict(texts())
_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff）”][,:;?!(]|[,:;?!] ?[\u4e00-\u9fff]")


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_is_as_it_was_reviewed(name):
    assert TEXTS[name] == (HERE / name).read_text(encoding="utf-8"), f"read {name}, then: python -m tests.texts"


@pytest.mark.parametrize("name", [each for each in TEXTS if ".zh." in each])
def test_chinese_has_the_punctuation_of_chinese_and_no_exclamation(name):
    prose = re.sub(r"^[a-z._-]+: ", "", TEXTS[name], flags=re.MULTILINE)
    assert _HALF_WIDTH.findall(prose) == []
    assert "！" not in prose


def test_a_mail_has_salutation_sender_date_and_where_to_turn_in_one_language():
    for language in LANGUAGES:
        for mail in TEXTS[f"mails.{language}.txt"].split("=== ")[1:]:
            text = mail.partition("---\n")[2]
            if language == "zh":
                assert re.match("(张三|人力资源部门|运维人员)，您好：\n", text), text
                assert re.search(r"\n\n特殊岗位资质管理平台\n2026年2月16日\s*$", text), text
                assert "请联系人力资源部门" in text or "licet " in text or text.startswith("人力"), "where to turn"
                assert not re.search(r"\d{4}-\d{2}-\d{2}", text), text
            else:
                assert re.match("Dear (Zhang San|colleagues of HR|operator),\n", text), text
                assert not re.search(r"[\u4e00-\u9fff]", text), text


def test_what_hr_is_told_names_the_person_and_the_last_day_on_which_access_stays():
    mail = TEXTS["mails.zh.txt"].partition("=== waits\n")[2].partition("=== ")[0]
    assert mail.partition("---\n")[2].startswith("人力资源部门，您好：\n")
    assert "- 人员：张三（E1001）\n" in mail and "- 保留至：2026年7月7日\n" in mail
