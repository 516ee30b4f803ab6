"""The command ``licet``."""

import getpass
import json
import logging
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

import mappings
from audit_log.checkpoint import TamperError
from connectors.simulators import authority
from hub import actions
from hub.assembly import Parts, open_parts, polling_of, reconciler_of, trail_of
from hub.audit.signing import log_key
from hub.clock import from_us
from hub.config import scaffold as folder
from hub.config.settings import HubFolder, read_folder
from hub.demo import story as demo
from hub.serve import serve as run
from hub.store import queries as q
from hub.views import status, why
from schemas.errors import ConfigError, LicetError

DONE, WRONG = 0, 1

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
devices = typer.Typer(no_args_is_help=True, help="Terminals that called: approve, reject, retire.")
people = typer.Typer(no_args_is_help=True, help="Who is who: roster, links, unresolved identifiers.")
quarantine = typer.Typer(no_args_is_help=True, help="Input that could not be read: look, replay once mended, discard.")
audit = typer.Typer(no_args_is_help=True, help="The sync audit log.")
demo_app = typer.Typer(help="The whole story in half a minute.")
imports = typer.Typer(no_args_is_help=True, help="Opening balances.")
for name, group in (
    ("devices", devices),
    ("people", people),
    ("quarantine", quarantine),
    ("audit", audit),
    ("import", imports),
    ("demo", demo_app),
):
    app.add_typer(group, name=name)

Folder = Annotated[Path, typer.Option("-c", "--config", help="The hub folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Lang = Annotated[str | None, typer.Option("--lang", help="zh or en; default: the hub's language.")]
Actors = Annotated[list[str], typer.Option("--by", help="Who does it; name two people where two are needed.")]
HERE = Path()


def main() -> None:
    """Run the command; a failure is one clear line, and a stack trace only with ``--debug``."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except (LicetError, TamperError) as error:
        if debug:
            raise
        code = getattr(error, "code", "log.tamper")
        print(f"licet: {code}: {error}", file=sys.stderr)
        sys.exit(WRONG)
    except OSError as error:
        if debug:
            raise
        print(f"licet: {error.filename or 'system'}: {error.strerror or error}", file=sys.stderr)
        sys.exit(WRONG)


@contextmanager
def opened(folder_path: Path) -> Iterator[Parts]:
    """The parts of a hub folder, for one command."""
    parts, closing = open_parts(read_folder(folder_path))
    with closing:
        yield parts


def show(value: Any, as_json: bool, text: Callable[[], str]) -> None:
    """Print for a program or for a person."""
    print(json.dumps(value, ensure_ascii=False, indent=None) if as_json else text())


def language_of(parts_folder: HubFolder, lang: str | None) -> str:
    """The language of a command's output."""
    if lang not in (None, "zh", "en"):
        raise typer.BadParameter("expected zh or en", param_hint="--lang")
    return lang or parts_folder.settings.hub.language


def instant(text: str, folder_read: HubFolder) -> datetime:
    """An instant as a person types it; without an offset it is the site's time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"found {text!r}, expected for example 2026-11-23T09:00+08:00") from error
    return (found if found.tzinfo else found.replace(tzinfo=folder_read.zone)).astimezone(UTC)


def table(rows: list[dict[str, Any]], columns: Sequence[str]) -> str:
    """Rows as aligned text."""
    cells = [list(columns), *([str(row.get(c) if row.get(c) is not None else "-") for c in columns] for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(columns))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in cells)


@app.command()
def init(
    target: Annotated[Path, typer.Argument(help="A new folder.")],
    example: Annotated[str, typer.Option(help="Which shipped example to start from.")] = "datacentre",
) -> None:
    """Write a hub folder that starts as it is, with fresh keys."""
    folder.write(target, example)
    print(f"{target}: a hub folder from example {example!r}")
    print(f"next: licet check -c {target}  then  licet serve -c {target}")
    print(f"API token: {target}/keys/api.token   demo authority key: {target}/keys/demo/authority.pem")


@app.command()
def serve(
    config: Folder = HERE,
    listen: Annotated[
        str | None, typer.Option(help="HOST:PORT instead of the folder's; port 0 takes a free one.")
    ] = None,
) -> None:
    """Run the hub until SIGTERM."""
    run(read_folder(config), listen)


@app.command()
def check(
    config: Folder = HERE,
    online: Annotated[bool, typer.Option("--online", help="Also ask every sink whether it answers.")] = False,
    as_json: AsJson = False,
) -> None:
    """Validate a hub folder: settings, keys, positions, courses, mappings."""
    found = read_folder(config)
    lines = [f"{name}: {each.spec.title}" for name, each in found.instances.items()]
    for each in found.instances.values():
        if each.spec.mapping:
            mappings.load(each.spec.mapping)
    _ = (found.master_key, found.api_token)
    with opened(config) as parts:
        log_key(config)
        if online:
            for name, sink in parts.sinks.items():
                sink.door.probe()
                lines.append(f"{name}: answers")
    result = {"connectors": list(found.instances), "positions": list(found.positions), "courses": list(found.courses)}
    show(
        result,
        as_json,
        lambda: "\n".join([*lines, f"{len(found.positions)} positions, {len(found.courses)} courses: ok"]),
    )


@app.command()
def tail(
    config: Folder = HERE,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until interrupted.")] = False,
    lines: Annotated[int, typer.Option("-n", help="How many of the last entries.")] = 20,
    as_json: AsJson = False,
) -> None:
    """One line per entry: arrived, decided, sent, confirmed, or where it stopped."""
    with opened(config) as parts:
        size = _size(parts)
        after = max(size - lines, 0) - 1
        trail = trail_of(parts)
        while True:
            before = after
            for seq, entry in trail.tail(after, 1000):
                after = seq
                print(json.dumps({"seq": seq, **entry}) if as_json else entry_line(seq, entry, parts), flush=True)
            if after > before:
                continue
            if not follow:
                break
            time.sleep(0.5)


def _size(parts: Parts) -> int:
    with parts.database.reading() as session:
        row = session.one(q.head, {})
    return int(row[0]) if row else 0


def entry_line(seq: int, entry: dict[str, Any], parts: Parts) -> str:
    """An entry on one line, in the site's zone."""
    at = datetime.fromisoformat(entry["ts"]).astimezone(parts.folder.zone)
    shown = {
        key: value
        for key, value in entry.items()
        if key not in ("v", "id", "ts", "kind", "payload", "evidence", "trace")
    }
    return f"{seq:>7} {at.isoformat(timespec='milliseconds')} {entry['kind']:<11} " + " ".join(
        f"{key}={_short(value)}" for key, value in shown.items()
    )


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ",".join(f"{name}:{each}" for name, each in value.items())
    if isinstance(value, list):
        return ",".join(map(str, value)) or "-"
    return str(value)


@app.command()
def connectors(config: Folder = HERE, as_json: AsJson = False) -> None:
    """How each connector stands: last contact, last error, backlog, watermark, balance."""
    with opened(config) as parts:
        rows = status.connectors(parts.database, {n: i.spec.title for n, i in parts.folder.instances.items()})
    flat = [{**row, **row["balance"], "last_contact_at": _site(parts, row["last_contact_at"])} for row in rows]
    columns = (
        "name",
        *q.BALANCE_WORDS[:-1],
        "in_flight",
        "balanced",
        "refused",
        "backlog",
        "last_contact_at",
        "last_error",
    )
    show(rows, as_json, lambda: table(flat, columns))


@devices.command("list")
def devices_list(config: Folder = HERE, as_json: AsJson = False, pending: bool = False) -> None:
    """Every device that called."""
    with opened(config) as parts, parts.database.reading() as session:
        rows = [
            {
                "connector": connector,
                "device": peer,
                "status": state,
                "dialect": json.loads(memory).get("dialect"),
                "first_seen_at": _local(parts, first),
                "last_contact_at": _local(parts, contact),
            }
            for connector, peer, state, memory, first, contact in session.all(q.peers, {})
            if peer and (not pending or state == "pending")
        ]
    show(
        rows,
        as_json,
        lambda: table(rows, ("connector", "device", "status", "dialect", "first_seen_at", "last_contact_at")),
    )


@devices.command("pending")
def devices_pending(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Devices that wait for approval."""
    devices_list(config, as_json, pending=True)


def _site(parts: Parts, text: str | None) -> str | None:
    zone = parts.folder.zone
    return None if text is None else datetime.fromisoformat(text).astimezone(zone).isoformat(timespec="seconds")


def _local(parts: Parts, us: int | None) -> str | None:
    return None if us is None else from_us(us).astimezone(parts.folder.zone).isoformat(timespec="seconds")


def _device_command(name: str, new_status: str, help_text: str) -> None:
    @devices.command(name, help=help_text)
    def change(
        serial: str, config: Folder = HERE, by: Annotated[str, typer.Option("--by", help="Who does it.")] = "operator"
    ) -> None:
        with opened(config) as parts:
            connector = actions.approve(parts, serial, new_status, by)
        print(f"{connector}/{serial}: {new_status}")


_device_command("approve", "approved", "Let a device deliver.")
_device_command("reject", "rejected", "Refuse a device that asks.")
_device_command("retire", "retired", "Take a device out of service.")


@people.command("import")
def people_import(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Read the roster now; shows what is new, changed and gone."""
    with opened(config) as parts:
        polling = polling_of(parts)
        polled = polling.one(parts.folder.settings.hub.roster)
        if polled is None:
            raise ConfigError(f"{parts.folder.settings.hub.roster}: no instance that can be asked")
        done = 0

        def progress(items: int) -> None:
            nonlocal done
            done += items
            print(f"\r{done} rows", end="", file=sys.stderr)

        page = polling.ask(polled, progress=progress)
        print(file=sys.stderr)
    if page is None or page.alarm:
        print(f"held whole: {page.alarm if page else 'cannot be read'}", file=sys.stderr)
    show(
        dict(page.summary) if page else {},
        as_json,
        lambda: "\n".join(f"{k}: {_short(v)}" for k, v in (page.summary if page else {}).items()),
    )
    if page is None or page.alarm:
        raise typer.Exit(WRONG)


@people.command("unresolved")
def people_unresolved(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Identifiers that nobody is known by, with how many items wait for them."""
    with opened(config) as parts:
        rows = actions.unresolved(parts)
    local = [{**row, "since": _site(parts, row["since"])} for row in rows]
    show(rows, as_json, lambda: table(local, ("source", "identifier", "connector", "items", "since")))


@people.command("link")
def people_link(source: str, identifier: str, person: str, config: Folder = HERE) -> None:
    """Say whose an identifier is; what waits for it applies by itself."""
    with opened(config) as parts:
        actions.link(parts, source, identifier, person)
    print(f"{source}/{identifier} is {person}")


@people.command("unlink")
def people_unlink(
    source: str,
    identifier: str,
    person: str,
    until: Annotated[str, typer.Option(help="From when it is another's.")],
    config: Folder = HERE,
) -> None:
    """End a link at an instant: a re-used number inherits nothing."""
    with opened(config) as parts:
        ended = actions.unlink(parts, source, identifier, person, instant(until, parts.folder))
    print("ended" if ended else "no such link")
    raise typer.Exit(DONE if ended else WRONG)


@people.command("history")
def people_history(
    person: str, config: Folder = HERE, as_json: AsJson = False, lines: Annotated[int, typer.Option("-n")] = 50
) -> None:
    """What the log holds about a person, newest first. Reading it leaves an entry."""
    with opened(config) as parts:
        token = parts.directory.person_by_number(person)
        if token is None:
            raise ConfigError(f"nobody has employee number {person!r}")
        parts.writer.call(lambda tx: tx.log("access", person=token, actor=getpass.getuser()))
        with parts.database.reading() as session:
            rows = [
                (seq, json.loads(body))
                for seq, body in session.all(q.entries_of_person, {"person": token, "limit": lines})
            ]
        show(
            [{"seq": seq, **entry} for seq, entry in rows],
            as_json,
            lambda: "\n".join(entry_line(s, e, parts) for s, e in rows),
        )


@app.command()
def plan(config: Folder = HERE, as_json: AsJson = False) -> None:
    """What enforcement would open or close now, and why. Changes nothing."""
    with opened(config) as parts:
        rows = actions.planned(parts)
    verbs = {"present": "open ", "absent": "close"}
    text = [f"{verbs[r['wanted']]}  {r['person']} {r['name']}  {r['sink']}/{r['target']}  {r['why']}" for r in rows]
    show(rows, as_json, lambda: "\n".join([*text, f"{len(rows)} changes"]))


@app.command()
def reconcile(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Compare every door with what must be true now; what drifted is closed, or opened, again."""
    with opened(config) as parts:
        found = reconciler_of(parts).sweep_all()
    show({"drifted": found}, as_json, lambda: f"{found} drifted")


@app.command()
def enforce(
    name: Annotated[str, typer.Argument(help="A position or a sink.")],
    start: Annotated[str, typer.Option("--from", help="From when.")] = "now",
    by: Actors = [],  # noqa: B006 - typer reads the default only
    config: Folder = HERE,
) -> None:
    """Carry out what is decided, from an instant. Takes two people: --by A --by B."""
    with opened(config) as parts:
        at = parts.clock.now() if start == "now" else instant(start, parts.folder)
        actions.enforce(parts, name, at, by)
    print(f"{name}: enforced from {at.astimezone(read_folder(config).zone).isoformat(timespec='seconds')}")


@app.command()
def freeze(
    name: Annotated[str, typer.Argument(help="A position, a sink, or all.")],
    until: Annotated[str, typer.Option(help="When it ends by itself.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    by: Actors,
    config: Folder = HERE,
) -> None:
    """Hold derived changes; explicit revocations pass."""
    with opened(config) as parts:
        actions.freeze(parts, name, instant(until, parts.folder), reason, by)
    print(f"{name}: frozen until {until}")


@app.command()
def unfreeze(name: Annotated[str, typer.Argument()], by: Actors, config: Folder = HERE) -> None:
    """Let derived changes go on."""
    with opened(config) as parts:
        actions.unfreeze(parts, name, by)
    print(f"{name}: no longer frozen")


@imports.command("opening")
def import_opening(
    file: Path,
    apply: Annotated[bool, typer.Option("--apply", help="Keep it; without this it is only shown.")] = False,
    by: Actors = [],  # noqa: B006 - typer reads the default only
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Credentials held, hours earned and access present when the hub begins."""
    with opened(config) as parts:
        preview = actions.preview_opening(parts, file.read_bytes())
        counts = dict(actions.import_opening(parts, preview, by).counts) if apply else {}
    result = {
        "records": preview.records,
        "unknown_people": list(preview.unknown_people),
        "faults": [{"code": f.code, "where": f.where, "expected": f.expected} for f in preview.faults],
        "applied": counts,
    }
    show(result, as_json, lambda: "\n".join(f"{key}: {_short(value)}" for key, value in result.items()))
    if preview.faults:
        raise typer.Exit(WRONG)


@app.command("why")
def why_command(
    person: Annotated[str, typer.Argument(help="Employee number.")],
    position: Annotated[str | None, typer.Option("--position", help="Only this one.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="By what was known at this instant.")] = None,
    lang: Lang = None,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """May this person stand this post, and why: clauses, figures, what would cure it."""
    with opened(config) as parts:
        view = parts.why.person(person) if at is None else parts.why.person_at(person, instant(at, parts.folder))
        language = language_of(parts.folder, lang)
        if view is None:
            raise ConfigError(f"nobody has employee number {person!r}; see `licet people import`")
        view["positions"] = [each for each in view["positions"] if position in (None, each["position"])]
        show(view, as_json, lambda: why.tell(view, language, parts.folder.zone))


@quarantine.command("list")
def quarantine_list(config: Folder = HERE, as_json: AsJson = False) -> None:
    """What could not be read and waits."""
    with opened(config) as parts:
        rows = actions.quarantined(parts)
    local = [{**row, "at": _site(parts, row["at"])} for row in rows]
    show(rows, as_json, lambda: table(local, ("id", "connector", "item", "code", "where", "expected", "at")))


Actor = Annotated[str, typer.Option("--by", help="Who does it.")]


@quarantine.command("show")
def quarantine_show(item: str, by: Actor, config: Folder = HERE) -> None:
    """The bytes of one item. Reading them leaves an entry."""
    with opened(config) as parts:
        sys.stdout.buffer.write(actions.show(parts, item, by))


@quarantine.command("replay")
def quarantine_replay(item: str, by: Actor, config: Folder = HERE) -> None:
    """Read an item again with the mapping of today."""
    with opened(config) as parts:
        kept = actions.replay(parts, item, by)
    print(_short(dict(kept.counts)))


@quarantine.command("discard")
def quarantine_discard(item: str, reason: Annotated[str, typer.Option()], by: Actor, config: Folder = HERE) -> None:
    """Decide that an item is not wanted."""
    with opened(config) as parts:
        actions.discard(parts, item, reason, by)
    print("discarded")


@demo_app.callback(invoke_without_command=True)
def demo_command(context: typer.Context, as_json: AsJson = False) -> None:
    """The whole story on simulated and real outside systems over real wires; exit 0 when every claim held."""
    if context.invoked_subcommand is None:
        raise typer.Exit(DONE if demo.run(as_json) else WRONG)


@demo_app.command("sign-push")
def sign_push(
    file: Path,
    config: Folder = HERE,
    url: Annotated[str, typer.Option(help="Where it will be pushed; default: this hub's /in/authority.")] = "",
) -> None:
    """Sign a push by hand with the demo authority's key: prints the curl command that sends it."""
    found = read_folder(config)
    target = url or f"{found.settings.hub.public_url or 'http://' + found.settings.hub.listen}/in/authority"
    body = file.read_bytes()
    media_type = "application/xml" if body.lstrip().startswith(b"<") else "application/cloudevents+json"
    key = authority.load_key(config / "keys" / "demo" / "authority.pem")
    headers = authority.sign("POST", target, body, media_type, key, "demo-ca-1", datetime.now(UTC))
    shown = " ".join(f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items())
    print(f"curl -i -X POST {shown} --data-binary @{shlex.quote(str(file))} {shlex.quote(target)}")


@audit.command("verify")
def audit_verify(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Check every entry, the tree and every signed head."""
    with opened(config) as parts:
        report = trail_of(parts).verify()
    result = {
        "good": report.good,
        "size": report.size,
        "root": report.root,
        "heads": report.heads,
        "problems": report.problems,
    }
    show(
        result,
        as_json,
        lambda: (
            f"{'verified' if report.good else 'NOT verified'}: {report.size} entries, {report.heads} signed heads\n"
            + "\n".join(report.problems)
        ),
    )
    if not report.good:
        raise typer.Exit(WRONG)


@audit.command("export")
def audit_export(target: Annotated[Path, typer.Option("-o", help="A new folder.")], config: Folder = HERE) -> None:
    """Write the log as a folder that strangers can check without the hub."""
    with opened(config) as parts:
        size = trail_of(parts).export(target)
    print(f"{target}: {size} entries; check it with  python -m audit_log.verify {target}")
