"""The sync audit log: verified, read, exported."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.enforcement import Actors
from hub.cli.folder import HERE, Folder, opened
from hub.cli.language import spoken
from hub.cli.output import DONE, WRONG, AsJson, show
from hub.cli.tables import members
from hub.clock import site_time
from hub.register.inspection import faults
from hub.wording import printable
from schemas.words import Words, told

app = typer.Typer()
_VERIFIED = Words("verified: {size} entries, {heads} signed heads", "已核验：{size} 条，{heads} 个签名检查点")
_NOT_VERIFIED = Words(
    "NOT verified: {size} entries, {heads} signed heads", "核验未通过：{size} 条，{heads} 个签名检查点"
)
_FIRST_BAD = Words("first wrong index: {first}", "首个不符的序号：{first}")
_EXPORTED = Words(
    "{target}: {size} entries; check it with  python -m audit_log.verify {target} --key {key}\n"
    "give that key to whoever shall check it by another way than the folder",
    "{target}：{size} 条；核验命令：python -m audit_log.verify {target} --key {key}\n"
    "请另行把该公钥交给核验人，不与目录一同传递",
)
_PROVEN = Words(
    "{target}: check it with  python -m audit_log.verify {target} --key {key}",
    "{target}：核验命令：python -m audit_log.verify {target} --key {key}",
)
_ERASED = Words(
    "erased at {at}: {bodies} messages, {asides} items kept aside, {enclosures} reasons and receipts, {documents}"
    " documents, {keys} keys\n"
    "the log goes on to verify; from now on the person is {person} alone: `licet why {person}`\n"
    "copies made before hold all of it still: destroy them, or their keys.db",
    "已于 {at} 销毁：报文 {bodies} 份、待处理项 {asides} 项、理由与回执 {enclosures} 项、"
    "材料 {documents} 份、密钥 {keys} 个\n"
    "审计日志仍可核验；该人员今后仅以代号 {person} 出现：`licet why {person}`\n"
    "此前的备份仍含全部资料：请销毁备份或其中的 keys.db",
)
_NAMED_STILL = Words(
    "these files name the person still; take the rows out, or what the hub reads next makes them known again:",
    "以下文件仍含该人员信息；请从中删除，否则下次读取后该人员将再次入库：",
)
audit = typer.Typer(no_args_is_help=True, help="The sync audit log.")
app.add_typer(audit, name="audit")


@audit.command()
def verify(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Check every entry, the tree and every signed head."""
    with opened(config) as parts:
        report = parts.trail.verify()
        for fault in faults(parts.database, parts.shelf):
            report.doubt(None, f"document {fault.document} of the register: {fault.why}")
    members = ("good", "size", "root", "heads", "first_bad", "problems")
    words = [_VERIFIED if report.good else _NOT_VERIFIED, *([] if report.first_bad is None else [_FIRST_BAD])]
    about = {"size": report.size, "heads": report.heads, "first": report.first_bad}
    lines = [told(each, spoken()).format(**about) for each in words]
    shown = {name: getattr(report, name) for name in members}
    show(shown, as_json, lambda: "\n".join([*lines, *report.problems]))
    raise typer.Exit(DONE if report.good else WRONG)


By = Annotated[str, typer.Option("--by", help="Who reads it; otherwise the account of this machine.")]


@audit.command()
def who(token: str, config: Folder = HERE, by: By = "", as_json: AsJson = False) -> None:
    """Whose a token of an entry is: a person, an identifier, an operator. Reading it leaves an entry."""
    with opened(config) as parts:
        named = parts.disclosure.who(token, by)
    show(named._asdict(), as_json, lambda: members({named.source: named.name}))


@audit.command()
def enclosed(entry: str, config: Folder = HERE, by: By = "", as_json: AsJson = False) -> None:
    """What an entry commits to, as it is kept: reasons, receipts, observations. Reading it leaves an entry."""
    with opened(config) as parts:
        kept = parts.disclosure.enclosed(entry, by)
    texts = {member: content.decode(errors="backslashreplace") for member, content in kept.items()}
    show(texts, as_json, lambda: "\n".join(f"{member}: {printable(text)}" for member, text in texts.items()))


@audit.command()
def export(
    target: Annotated[Path, typer.Option("-o", help="A new folder.")], config: Folder = HERE, as_json: AsJson = False
) -> None:
    """Write the log as a folder that strangers can check without the hub."""
    with opened(config) as parts:
        size = parts.trail.export(target)
        key = parts.signing.vkey
    about = {"target": target, "size": size, "key": shlex.quote(key)}
    value = {"folder": str(target), "entries": size, "key": key}
    show(value, as_json, lambda: told(_EXPORTED, spoken()).format(**about))


@audit.command()
def prove(
    entry: Annotated[str, typer.Argument(help="The id of an entry, such as a decision or a receipt names.")],
    target: Annotated[Path | None, typer.Option("-o", help="A new folder for the entry and its proofs.")] = None,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Prove to a stranger that one entry stands in the signed log: C2SP tlog-proof, and a COSE receipt (RFC 9942)."""
    with opened(config) as parts:
        proven = parts.trail.prove(entry)
    if target is not None:
        proven.write(target)
    lines = [proven.proof.text().rstrip()]
    if target is not None:
        key = shlex.quote(proven.vkey)
        lines = [told(_PROVEN, spoken()).format(target=target, key=key)]
    show(proven.json(), as_json, lambda: "\n".join(lines))


@audit.command()
def erase(
    person: Annotated[str, typer.Argument(help="Employee number.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, without a name or number of the person.")],
    by: Actors,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Destroy what names a person, for good. It takes --by twice."""
    with opened(config) as parts:
        erased = parts.erasure.erase(person, reason, by)
        zone = parts.folder.zone
    about = {**erased._asdict(), "at": site_time(erased.at, zone)}
    named = [told(_NAMED_STILL, spoken()), *(f"  {each}" for each in erased.files)] if erased.files else []
    show(erased.json(), as_json, lambda: "\n".join([told(_ERASED, spoken()).format(**about), *named]))
