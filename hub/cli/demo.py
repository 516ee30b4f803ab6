"""The whole story on real wires, and a push signed by hand."""

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from connectors.simulators import authority
from hub.cli.folder import HERE, Folder
from hub.cli.output import DONE, WRONG, AsJson, show
from hub.config.folder import read_folder
from hub.demo import story
from schemas.errors import ConfigError
from schemas.words import Words

app = typer.Typer()


@app.callback(invoke_without_command=True)
def demo(context: typer.Context, as_json: AsJson = False) -> None:
    """The whole story on simulated and real outside systems over real wires; exit 0 when every claim held."""
    if context.invoked_subcommand is None:
        raise typer.Exit(DONE if story.run(as_json) else WRONG)


@app.command("sign-push")
def sign_push(
    file: Path,
    config: Folder = HERE,
    url: Annotated[str, typer.Option(help="Where it will be pushed; default: this hub's /in/authority.")] = "",
    as_json: AsJson = False,
) -> None:
    """Sign a push by hand with the demo authority's key: prints the curl command that sends it."""
    settings = read_folder(config).settings
    target = url or f"{settings.hub.public_url or 'http://' + settings.hub.listen}/in/authority"
    body = file.read_bytes()
    media_type = "application/xml" if body.lstrip().startswith(b"<") else "application/cloudevents+json"
    file_of_key = config / "keys" / "demo" / "authority.pem"
    if not file_of_key.exists():
        raise ConfigError(
            Words(
                f"{file_of_key} is not there; `licet init --demo` writes a folder that has it",
                f"缺少 {file_of_key}；用 `licet init --demo` 新建含有它的目录",
            )
        )
    key = authority.load_key(file_of_key)
    headers = authority.sign("POST", target, body, media_type, key, "demo-ca-1", datetime.now(UTC))
    shown = " ".join(f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items())
    curl = f"curl -i -X POST {shown} --data-binary @{shlex.quote(str(file))} {shlex.quote(target)}"
    show({"url": target, "headers": headers, "file": str(file)}, as_json, lambda: curl)
