"""What issuers demand for a renewal, quoted to people: statement, source, how well it is known, and of which day."""

from collections.abc import Iterator

from hub.official import written_day
from schemas.renewal import RenewalRule, Statement

_RULE = {
    "zh": "发证机构续期要求（{name}，{day}核对，{next}前再次核对）",
    "en": "What its issuer demands for a renewal ({name}, looked at on {day}, again by {next})",
}
_STATEMENT = {
    "zh": "{about}：{says}（{known}：{source}{against}）",
    "en": "{about}: {says} ({known}: {source}{against})",
}
_ABOUT = {
    "validity": {"zh": "有效期", "en": "Validity"},
    "review": {"zh": "复审", "en": "Review"},
    "training": {"zh": "培训", "en": "Training"},
    "exam": {"zh": "考核", "en": "Exam"},
    "fee": {"zh": "费用", "en": "Fee"},
    "renewal": {"zh": "续期", "en": "Renewal"},
}
_KNOWN = {
    "read": {"zh": "条文", "en": "issuer's text"},
    "second_hand": {"zh": "间接来源", "en": "at second hand"},
    "unverified": {"zh": "未核实", "en": "unverified"},
    "employer": {"zh": "本单位核定", "en": "settled by the employer"},
}
_AGAINST = {"zh": "；存在矛盾：{other}", "en": "; contradicted: {other}"}


def rule_head(rule: RenewalRule, language: str) -> str:
    """Whose demands these are, when somebody last looked, and by when somebody must look again."""
    return _RULE[language].format(
        name=getattr(rule.name, language),
        day=written_day(rule.checked_on, language),
        next=written_day(rule.next_review_on, language),
    )


def rule_lines(rule: RenewalRule, language: str) -> Iterator[str]:
    """Each statement of a rule, with its source and what is said against it."""
    for each in rule.statements:
        yield _STATEMENT[language].format(
            about=_ABOUT[each.about][language],
            says=getattr(each.says, language),
            known=_KNOWN[each.known][language],
            source=each.source,
            against=_against(each, language),
        )


def _against(statement: Statement, language: str) -> str:
    if statement.against is None:
        return ""
    return _AGAINST[language].format(other=getattr(statement.against, language))
