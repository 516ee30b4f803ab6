"""What stands in a document in vain: rules that no item can reach, and columns and members that no rule reads."""

from collections.abc import Collection, Iterator, Sequence

from mappings.document import DelimitedForm, Document, FixedForm, Form, TreeForm
from mappings.places import pointer
from mappings.rules import Condition, FieldRule
from mappings.sources import columns_of, fields, pointers, prefixes, tried
from mappings.texts import TEXTS
from schemas.words import Words

_Place = tuple[str, str, str, str]
_REACH = Words("something that an item can reach", "条目能够到达的规则")
_MEND = Words("read it, or leave it: nothing follows from it", "可添加读取规则，也可保留：不影响结果")
_UP = Words("remove it, or move it up", "删除，或上移")
_REMOVE_ONE = Words("remove one", "删除其一")
_EACH = Words("a rule for each", "各有一条规则")


def in_vain(document: Document) -> Iterator[_Place]:
    """Where, what stands there, what was expected, how to mend it."""
    for name, form in document.forms.items():
        at = pointer("forms", name)
        yield from _never(form, at)
        for where, rule in fields(form, at):
            yield from _never_tried(rule, where)
            yield from _never_found(rule, where)
        if form.like is None:
            yield from _lost(form, at)


def _never(form: Form, at: str) -> Iterator[_Place]:
    """Rules whose conditions never hold, or that come too late: what they describe is ignored before."""
    earlier: list[tuple[str, Sequence[Condition]]] = []
    for part in ("ignore", "refuse", "records"):
        for n, rule in enumerate(getattr(form, part)):
            where = f"{at}/{part}/{n}"
            if _contradict(rule.when):
                found = Words("conditions that never hold together", "不可能同时成立的条件")
                yield where, found, _REACH, Words("mend a condition, or remove the rule", "修正条件，或删除该规则")
            elif before := next((place for place, when in earlier if _implies(rule.when, when)), ""):
                found = Words(f"only items that {before} has ignored", f"只涉及 {before} 已忽略的条目")
                yield where, found, _REACH, _UP
            if part == "ignore":
                earlier.append((where.removeprefix(at + "/"), rule.when))


def _implies(strong: Sequence[Condition], weak: Sequence[Condition]) -> bool:
    """Whether an item for which all of ``strong`` hold is one for which all of ``weak`` hold."""
    return all(any(_implied(by, condition) for by in strong) for condition in weak)


def _implied(strong: Condition, weak: Condition) -> bool:
    if strong == weak:
        return True
    if _origin(strong) != _origin(weak) or strong.inner or weak.inner:
        return False
    given, wanted = _values(strong), _values(weak)
    if given is None:
        return False
    return weak.exists is True if wanted is None else given <= wanted


def _origin(condition: Condition) -> tuple[str | None, str | None]:
    return condition.at, condition.told


def _values(condition: Condition) -> frozenset[tuple[type, object]] | None:
    """The values that a condition allows, with their types; nothing where it allows others too."""
    if condition.is_ is None and condition.in_ is None:
        return None
    return frozenset((type(each), each) for each in condition.in_ or (condition.is_,))


def _contradict(when: Sequence[Condition]) -> bool:
    return any(
        _origin(one) == _origin(other) and not (one.inner or other.inner) and _exclude(one, other)
        for n, one in enumerate(when)
        for other in when[n + 1 :]
    )


def _exclude(one: Condition, other: Condition) -> bool:
    mine, theirs = _values(one), _values(other)
    if mine is not None and theirs is not None:
        return not mine & theirs
    return any(
        a.exists is False and (values is not None or b.exists is True or b.prefix is not None)
        for a, b, values in ((one, other, theirs), (other, one, mine))
    )


def _never_tried(rule: FieldRule, at: str) -> Iterator[_Place]:
    certain = False
    for where, source in tried(rule, at):
        if certain:
            found = Words("a source behind one that always has a value", "位于总有值的来源之后的来源")
            yield where, found, _REACH, _UP
        certain = certain or (source.value is not None and not source.when)
    if rule.default is not None and rule.ignore is not None:
        one = Words("one of both: ignore comes first", "二者之一：ignore 优先")
        yield f"{at}/default", Words("default beside ignore", "default 与 ignore 并存"), one, _REMOVE_ONE


def _never_found(rule: FieldRule, at: str) -> Iterator[_Place]:
    """Codes that no conversion gives: small letters behind `upper`, for example."""
    last = rule.chain[-1][0] if rule.chain else ""
    if rule.table is None or last not in _OF_TEXTS:
        return
    convert = TEXTS[last](rule)
    for code in rule.table:
        if (given := convert(code, {})) != code:
            found = Words(f"{code!r} behind {last}", f"{last} 之后的 {code!r}")
            yield at + pointer("table", code), found, _REACH, Words(f"write {given!r}", f"改为 {given!r}")


_OF_TEXTS = ("trim", "upper", "lower", "nfc", "nfkc", "half_width")


def _lost(form: Form, at: str) -> Iterator[_Place]:
    followed, begins = set(pointers(form)), tuple(prefixes(form))
    if isinstance(form, DelimitedForm | FixedForm):
        part = "header" if isinstance(form, DelimitedForm) and form.header else "columns"
        names = form.header if isinstance(form, DelimitedForm) and form.header else columns_of(form)
        lost = [name for name in names if not _followed(pointer(name), followed, begins)]
        if lost:
            listed = ", ".join(lost)
            yield f"{at}/{part}", Words(f"columns that no rule reads: {listed}", f"未读取的列：{listed}"), _EACH, _MEND
    for place, members in form.known.items() if isinstance(form, TreeForm) else ():
        lost = [name for name in members if not _followed(place + pointer(name), followed, begins)]
        if lost:
            where = f"{at}/known{pointer(place)}"
            listed = ", ".join(lost)
            yield where, Words(f"members that no rule reads: {listed}", f"未读取的成员：{listed}"), _EACH, _MEND


def _followed(at: str, followed: Collection[str], begins: tuple[str, ...]) -> bool:
    return at.startswith(begins) or any(_leads(at, each) for each in followed)


def _leads(to: str, followed: str) -> bool:
    """Whether a rule that follows one pointer looks at something of another: at it, in it, or around it."""
    return followed == to or followed.startswith(to + "/") or to.startswith(followed + "/")
