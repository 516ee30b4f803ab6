"""Renewal rules as their files state them, and what somebody should look at in those that positions name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import PurePosixPath

from pydantic import ValidationError

from hub.rules.files.finding import Finding, UnreadableFile, at
from hub.rules.files.position_file import PositionFile
from hub.rules.files.reading import finding_of, toml_of
from hub.rules.files.source_text import SourceText
from schemas.faults import faults_of
from schemas.nearest import did_you_mean
from schemas.position import Position
from schemas.renewal import RenewalRule
from schemas.words import Words

NEAR = timedelta(days=30)
"""So long before its review a renewal rule is warned of: sources are read in an hour, and asked about in weeks."""


def read_renewal_rule(text: str, file: str) -> RenewalRule:
    """A renewal rule from its file.

    Raises:
        UnreadableFile: All faults, each with file and line, found and expected.
    """
    data, source = toml_of(text, file), SourceText(text)
    try:
        rule = RenewalRule.model_validate(data)
    except ValidationError as error:
        faults = faults_of(error)
        raise UnreadableFile([finding_of(each, source, file, RenewalRule, each.at) for each in faults]) from error
    if rule.id != PurePosixPath(file).stem:
        expected = Words("the name of the file", "与文件名一致")
        raise UnreadableFile([at(file, source.place_of(("id",)), ("id",), repr(rule.id), expected)])
    return rule


def named_by(position: Position) -> Iterator[tuple[str, str]]:
    """Each credential of a position that names a renewal rule, and which."""
    for name, credential in position.credential.items():
        if credential.renewal_rule is not None:
            yield name, credential.renewal_rule


def renewals_refused(file: PositionFile, rules: Mapping[str, RenewalRule]) -> Iterator[Finding]:
    """The names of renewal rules that nobody wrote."""
    for name, asked in named_by(file.position):
        if asked not in rules:
            expected = Words(
                "a renewal rule: `licet rules renewal` lists them", "续期规则名称，可用 `licet rules renewal` 查看"
            )
            yield file.refuse(
                ("credential", name, "renewal_rule"),
                repr(asked),
                expected,
                did_you_mean(asked, rules),
                "ref.unknown-name",
            )


def renewals_to_look_at(
    files: Iterable[PositionFile], rules: Mapping[str, RenewalRule], today: date
) -> Iterator[Finding]:
    """What is open in the renewal rules that positions name: past their review, unverified, or contradicted."""
    named: dict[str, list[tuple[PositionFile, str]]] = {}
    for file in files:
        for name, asked in named_by(file.position):
            if asked in rules:
                named.setdefault(asked, []).append((file, name))
    for asked, places in named.items():
        yield from _looked(places, rules[asked], today)


def _looked(places: Sequence[tuple[PositionFile, str]], rule: RenewalRule, today: date) -> Iterator[Finding]:
    """What is open in one rule, once: at the first credential that names it, with the others."""
    (file, name), *others = places
    path = ("credential", name, "renewal_rule")
    also = _also(others)
    if (left := rule.next_review_on - today) < timedelta():
        shown = Words(
            f"{rule.id!r}{also}, to be reviewed by {rule.next_review_on}, last read on {rule.checked_on}",
            f"{rule.id!r}{also.zh}，应于 {rule.next_review_on} 前核对，上次核对 {rule.checked_on}",
        )
        yield replace(file.warn(path, shown, _own_file(rule)), cure=_begin(rule))
    elif left <= NEAR:
        shown = Words(
            f"{rule.id!r}{also}, to be reviewed by {rule.next_review_on}, in {left.days} days",
            f"{rule.id!r}{also.zh}，应于 {rule.next_review_on} 前核对（{left.days} 天后）",
        )
        yield replace(file.warn(path, shown, _own_file(rule)), cure=_begin(rule))
    if rule.unsettled:
        count = len(rule.unsettled)
        shown = Words(
            f"{rule.id!r}{also}, {count} of whose statements are unverified or contradicted",
            f"{rule.id!r}{also.zh}，其中 {count} 项未核实或来源相互矛盾",
        )
        yield replace(file.warn(path, shown, _own_file(rule)), cure=_begin(rule))


def _also(others: Sequence[tuple[PositionFile, str]]) -> Words:
    """Where else a rule is named: file and line of each."""
    if not others:
        return Words("", "")
    where = [f"{file.file}:{file.source.place_of(('credential', name, 'renewal_rule'))[0]}" for file, name in others]
    return Words(f" (also named in {', '.join(where)})", f"（另见 {'、'.join(where)}）")


def _own_file(rule: RenewalRule) -> Words:
    return Words(
        f"what you found out, with its date, in renewal/{rule.id}.toml",
        f"在 renewal/{rule.id}.toml 中写明核实结果与日期",
    )


def _begin(rule: RenewalRule) -> Words:
    file, command = f"renewal/{rule.id}.toml", f"licet rules renewal {rule.id}"
    return Words(
        f"`{command}` shows them; ask the issuer; `{command} --toml > {file}` writes the file to fill in",
        f"用 `{command}` 查看各项；向发证机构核实；`{command} --toml > {file}` 生成待填写的文件",
    )


def reviews_near(positions: Iterable[Position], rules: Mapping[str, RenewalRule], today: date) -> Sequence[RenewalRule]:
    """The renewal rules that positions name and at which somebody must look by now, or soon: the next one first."""
    asked = {name: rules[name] for each in positions for _credential, name in named_by(each) if name in rules}
    near = [rule for rule in asked.values() if rule.next_review_on - today <= NEAR]
    return sorted(near, key=lambda rule: (rule.next_review_on, rule.id))


def past_review(positions: Sequence[Position], rules: Mapping[str, RenewalRule], today: date) -> bool:
    """Whether somebody should have looked again by now at a text that positions cite or quote."""
    cites = [each.cite for position in positions for each in position.credential.values()]
    quoted = [rules[asked] for position in positions for _name, asked in named_by(position) if asked in rules]
    days = [*(each.next_review_on for each in cites if each is not None), *(each.next_review_on for each in quoted)]
    return any(day < today for day in days)
