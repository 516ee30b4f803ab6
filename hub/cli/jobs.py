"""Jobs that were asked for over the API: listed, shown, cancelled."""

from typing import Annotated, Any

import typer

from hub.cli.folder import HERE, Folder, opened
from hub.cli.headings import STATES
from hub.cli.output import AsJson, show
from hub.cli.tables import members, table
from hub.jobs.desk import STATES as KNOWN
from hub.jobs.desk import Job
from schemas.errors import CallError
from schemas.words import Words

app = typer.Typer(no_args_is_help=True)

_ENDING = Words("ends before its next item", "将在下一条之前结束")
_COLUMNS = ("id", "kind", "of", "state", "progress", "counts", "attempt", "code", "asked_at", "ended_at")


@app.command("list")
def list_(
    state: Annotated[str, typer.Option(help=f"Only those: {', '.join(KNOWN)}.")] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """The last hundred jobs, newest first."""
    if state and state not in KNOWN:
        raise typer.BadParameter(
            Words(
                f"found {state!r}, expected one of: {', '.join(KNOWN)}",
                f"现为 {state!r}，应为下列之一：{'、'.join(KNOWN)}",
            ),
            param_hint="--state",
        )
    with opened(config) as parts:
        found = parts.jobs.listed(state)
    rows = [_row(each) for each in found]
    show([each.json() for each in found], as_json, lambda: table(rows, _COLUMNS, parts.folder.zone))


@app.command("show")
def show_(job: str, config: Folder = HERE, as_json: AsJson = False) -> None:
    """One job: how far it is, what it did, why it failed."""
    with opened(config) as parts:
        found = parts.jobs.one(job)
    told = _there(found, job).json()
    show(told, as_json, lambda: members({name: each for name, each in told.items() if each is not None}))


@app.command()
def cancel(
    job: str,
    config: Folder = HERE,
    by: Annotated[str, typer.Option("--by", help="Who does it; otherwise the account of this machine.")] = "",
    as_json: AsJson = False,
) -> None:
    """End a job before its next item; what it has done stays."""
    with opened(config) as parts:
        found = _there(parts.jobs.cancel(job, parts.operators.one(by)), job)
    word = _ENDING if found.cancelling else STATES[found.state]
    show(found.json(), as_json, lambda: Words(f"{job}: {word}", f"{job}：{word.zh}"))


def _there(job: Job | None, asked: str) -> Job:
    if job is None:
        raise CallError(
            Words(
                f"found no job {asked[:64]!r}; `licet jobs list` shows the ids",
                f"没有编号为 {asked[:64]!r} 的作业；用 `licet jobs list` 查看编号",
            )
        )
    return job


def _row(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.asked["kind"],
        "of": job.instance or "-",
        "state": job.state,
        "progress": f"{job.progress:.0%}",
        "counts": job.counts,
        "attempt": job.attempt,
        "code": job.code,
        "asked_at": job.asked_at,
        "ended_at": job.ended_at,
    }
