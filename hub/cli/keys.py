"""Keys: the hub's own, and those that the peers of its instances sign with."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

import orjson
import typer

from connectors.algorithms import KINDS, Algorithm
from connectors.keys import EVER
from hub.cli.corrections import Reason
from hub.cli.devices import By
from hub.cli.folder import HERE, Folder, instant, opened
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.cli.tables import members, table
from hub.clock import from_us, stamp
from hub.keys.book import life_of
from hub.keys.desk import LEAD, OVERLAP
from hub.keys.listing import OWN, algorithm_of_row
from hub.store.tables.keys import KeyRow
from schemas.words import Words

app = typer.Typer(no_args_is_help=True)

_COLUMNS = ("owner", "key", "use", "algorithm", "state", "from", "until", "origin")
_SIGNED = ("at", "kind", "transmission")
_STATES = {
    "pending": "待启用",
    "active": "使用中",
    "retiring": "轮换中",
    "retired": "已停用",
    "revoked": "已吊销",
}
_TOLD = {
    "en": "{kid}: revoked; {signed} transmissions since it leaked, of {persons} persons, are doubted:"
    " `licet cases list`",
    "zh": "{kid}：已吊销；泄露后签名的 {signed} 份报文，涉及 {persons} 人，待人工核实：`licet cases list`",
}
Kid = Annotated[str, typer.Argument(help="Name of the key, or the beginning of it.")]
Of = Annotated[
    str, typer.Option("--of", help="The instance of its peer; :packages for who signs them; empty: the hub's own.")
]


@app.command()
def new(
    algorithm: Annotated[str, typer.Option("--algorithm", help=f"One of {', '.join(KINDS)}.")] = "ecdh-x25519",
    config: Folder = HERE,
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """Make a key of the hub, which is published at once; beside one in use it is used some minutes later."""
    with opened(config) as parts:
        row = parts.key_desk.new(_algorithm(algorithm), by, parts.clock.now())
        _tell([row], parts.clock.now(), spoken(), as_json, parts.folder.zone)


@app.command()
def enter(
    file: Annotated[Path, typer.Argument(help="The public key, PEM or JWK.", exists=True, dir_okay=False)],
    of: Annotated[str, typer.Option("--of", help="The instance whose peer signs with it.")],
    kid: Annotated[str, typer.Option("--kid", help="As its signatures call it; empty: its thumbprint.")] = "",
    algorithm: Annotated[str, typer.Option("--algorithm", help=f"One of {', '.join(KINDS)}.")] = "ed25519",
    start: Annotated[str, typer.Option("--from", help="From when it is believed; empty: now.")] = "",
    config: Folder = HERE,
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """Enter the public key of an instance's peer."""
    with opened(config) as parts:
        now = parts.clock.now()
        begins = instant(start, parts.folder) if start else now
        public = file.read_text(encoding="utf-8", errors="replace")
        row = parts.key_desk.enter(of, kid, _algorithm(algorithm), public, begins, by, file=str(file))
        _tell([row], now, spoken(), as_json, parts.folder.zone)


@app.command("list")
def list_(
    of: Annotated[str | None, typer.Option("--of", help="Only those of this instance.")] = None,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Every key, whose it is, and how it stands."""
    with opened(config) as parts:
        rows = parts.key_list.all() if of is None else parts.key_list.named(of)
        _tell(rows, parts.clock.now(), spoken(), as_json, parts.folder.zone)


@app.command()
def rotate(
    kid: Kid,
    overlap: Annotated[int, typer.Option("--overlap-days", min=0, help="The old one is believed so long.")] = (
        OVERLAP.days
    ),
    lead: Annotated[int, typer.Option("--lead-seconds", min=0, help="The new one is published so long before.")] = int(
        LEAD.total_seconds()
    ),
    config: Folder = HERE,
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """Give a key of the hub its follower: both are believed for a while."""
    with opened(config) as parts:
        now, times = parts.clock.now(), {"lead": timedelta(seconds=lead), "overlap": timedelta(days=overlap)}
        rows = list(parts.key_desk.rotate(kid, by, now, **times))
        _tell(rows, now, spoken(), as_json, parts.folder.zone)


@app.command()
def retire(
    kid: Kid,
    of: Of = OWN,
    at: Annotated[str, typer.Option("--at", help="From when it is not believed; empty: now.")] = "",
    config: Folder = HERE,
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """Believe a key no more from an instant on; what it signed before stands."""
    with opened(config) as parts:
        now = parts.clock.now()
        row = parts.key_desk.retire(of, kid, instant(at, parts.folder) if at else now, by)
        _tell([row], now, spoken(), as_json, parts.folder.zone)


@app.command()
def revoke(
    kid: Kid,
    reason: Reason,
    by: By,
    of: Of = OWN,
    since: Annotated[str, typer.Option("--compromised-since", help="Since when others may have had it.")] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Believe a key no more, at once. What it signed since it leaked is listed, and opened for people to decide."""
    with opened(config) as parts:
        at = instant(since, parts.folder) if since else None
        found = parts.key_desk.revoke(of, kid, at, reason, by, parts.clock.now())
        packages = [row for row in parts.stored_packages.rows() if found.key.kid in orjson.loads(row.signers)]
        language, zone = spoken(), parts.folder.zone
    told = {"kid": found.key.kid, "signed": len(found.signed), "persons": found.persons}
    rows = [each._asdict() for each in found.signed]
    named = [f"{row.name} {row.version}" for row in packages]
    listed = {"key": _json(found.key, parts.clock.now()), "persons": found.persons, "signed": rows, "packages": named}
    lines = [_TOLD[language].format(**told), table(rows, _SIGNED, zone), *named]
    show(listed, as_json, lambda: "\n".join(lines))


@app.command()
def signed(
    kid: Kid,
    since: Annotated[str, typer.Option("--since", help="From when on.")],
    of: Of = OWN,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """What a key signed from an instant on, as the log has it."""
    with opened(config) as parts:
        row = parts.key_list.one(of, kid)
        found = parts.key_list.signed(of, row.kid, instant(since, parts.folder))
    rows = [each._asdict() for each in found]
    show(rows, as_json, lambda: table(rows, _SIGNED, parts.folder.zone))


@app.command()
def jwks(config: Folder = HERE, as_json: AsJson = True) -> None:
    """The set of public keys that the hub publishes at /.well-known/jwks.json."""
    with opened(config) as parts:
        found = parts.public_keys()
    show(found, as_json, lambda: members(found))


def _algorithm(text: str) -> Algorithm:
    if text not in KINDS:
        listed = ", ".join(KINDS)
        raise typer.BadParameter(
            Words(f"found {text!r}, expected one of {listed}", f"现为 {text!r}，应为下列之一：{listed}"),
            param_hint="--algorithm",
        )
    return cast(Algorithm, text)


def _tell(rows: list[KeyRow], now: datetime, language: str, as_json: bool, zone: ZoneInfo) -> None:
    show(
        [_json(row, now) for row in rows],
        as_json,
        lambda: table([_row(r, now, language) for r in rows], _COLUMNS, zone),
    )


def _row(row: KeyRow, now: datetime, language: str) -> dict[str, Any]:
    life = life_of(row)
    state = life.state(now)
    return {
        "owner": row.owner or "hub",
        "key": row.kid,
        "use": KINDS[algorithm_of_row(row)].use,
        "algorithm": row.algorithm,
        "state": _STATES[state] if language == "zh" else state,
        "from": None if life.active_at == EVER else life.active_at,
        "until": life.revoked_at if life.revoked_at not in (None, EVER) else life.retired_at,
        "origin": row.origin,
    }


def _json(row: KeyRow, now: datetime) -> dict[str, Any]:
    instants = ("added_at", "active_at", "retiring_at", "retired_at", "gone_at", "revoked_at", "compromised_since")
    times = {name: None if (us := getattr(row, name)) is None else stamp(from_us(us)) for name in instants}
    known = {"owner": row.owner or "hub", "kid": row.kid, "use": KINDS[algorithm_of_row(row)].use}
    state = life_of(row).state(now)
    about = {"algorithm": row.algorithm, "state": state, "origin": row.origin, "public": orjson.loads(row.public)}
    return {**known, **about, **times}
