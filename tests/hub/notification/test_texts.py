"""What a mail says, in the language of who reads it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.config.renewals import shipped_renewals
from hub.notification.texts import Whom, render
from hub.wording import scope_word
from schemas.notice import Notice
from schemas.position import Bilingual, Credential, Position

POSITION = Position.model_construct(id="post", name=Bilingual(zh="岗位", en="Post"))
RESTRICTED = Notice(
    kind="restricted",
    audience="person",
    position="post",
    cause="licence",
    stage="x",
    at=datetime(2026, 1, 21, tzinfo=UTC),
    figures=(
        ("credential", "licence"),
        ("scope", "none"),
        ("cure_zh", "须重新取证。"),
        ("cure_en", "a new one is needed."),
    ),
)


@pytest.mark.parametrize(
    ("language", "said", "unsaid"),
    [("zh", "解除条件：须重新取证。", "is needed"), ("en", "Cure: a new one is needed.", "须重新取证")],
)
def test_the_cure_is_in_the_language_of_the_reader_and_no_scope_is_a_raw_word(language, said, unsaid):
    text = render(RESTRICTED, POSITION, Whom("E1"), language, ZoneInfo("Asia/Shanghai")).text
    assert said in text and unsaid not in text
    assert "cure_" not in text
    assert f"{scope_word('none', language)}\n" in text


@pytest.mark.parametrize(
    ("language", "head", "against", "other"),
    [
        (
            "zh",
            "发证机构续期要求（CISSP（信息系统安全专业认证），2026年11月27日核对",
            "存在矛盾：另有来源称 125 美元",
            "looked",
        ),
        (
            "en",
            "What its issuer demands for a renewal (CISSP, looked at on 2026-11-27",
            "contradicted: another",
            "核对",
        ),
    ],
)
def test_the_warning_of_an_end_quotes_what_the_issuer_demands_with_source_day_and_contradiction(
    language, head, against, other
):
    position = Position.model_construct(
        id="post",
        name=Bilingual(zh="岗位", en="Post"),
        credential={"licence": Credential(issuer="authority", renewal_rule="cissp")},
        requirement={},
    )
    notice = Notice(
        kind="ends",
        audience="person",
        position="post",
        cause="licence",
        stage="x",
        at=datetime(2026, 12, 1, tzinfo=UTC),
        figures=(("last_valid_day", "2027-01-31"),),
    )
    whom, zone = Whom("E1"), ZoneInfo("Asia/Shanghai")
    text = render(notice, position, whom, language, zone, {}, shipped_renewals()).text
    assert head in text and against in text and "https://geekrunning.substack.com" in text and other not in text
    assert head not in render(notice, position, whom, language, zone, {}, {}).text, (
        "without the rule it warns all the same"
    )


@pytest.mark.parametrize("by", ["mentor_grace", "unknown_grace", "not_warned"])
@pytest.mark.parametrize(("language", "until"), [("zh", "保留至：2026年7月7日\n"), ("en", "Until: 2026-07-07\n")])
def test_what_waits_for_hr_says_what_to_do_and_until_when(by, language, until):
    notice = Notice(
        kind="waits",
        audience="hr",
        position="post",
        cause="supervised",
        stage="x",
        at=datetime(2026, 7, 2, tzinfo=UTC),
        figures=(("waits_for", by), ("until", "2026-07-07T16:00:00+00:00")),
    )
    text = render(notice, POSITION, Whom("张三", "E1"), language, ZoneInfo("Asia/Shanghai")).text
    assert until in text and by not in text and ("待办：" in text or "To be done: " in text)
