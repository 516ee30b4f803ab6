"""The link that opens the page of the mapping workbench, for whoever may read the keys of the hub."""

import time
from typing import Annotated

import typer

from hub.cli.folder import HERE, Folder
from hub.cli.output import AsJson, say, show
from hub.config.folder import HubFolder
from hub.config.settings import ListenerSettings
from hub.parts.ruled import ruled_folder
from hub.workbench.links import LINK_SECONDS, link_code
from schemas.errors import CallError
from schemas.words import Words

app = typer.Typer()
_PATH = "/workbench/#"
_NEXT = Words(
    "open it within ten minutes, once; the hub must be running (`licet serve`)",
    "请在十分钟内打开，仅可使用一次；平台须正在运行（`licet serve`）",
)


@app.command()
def page(
    at: Annotated[
        str, typer.Option("--at", help="Where a browser reaches the hub; default: its public_url, or where it listens.")
    ] = "",
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Print a link that opens the mapping workbench in a browser, once."""
    folder = ruled_folder(config)
    link = f"{at.rstrip('/') or _address(folder)}{_PATH}{link_code(folder.api_token, time.time())}"
    show({"link": link, "seconds": round(LINK_SECONDS)}, as_json, lambda: link)
    if not as_json:
        say(_NEXT)


def _address(folder: HubFolder) -> str:
    """Where a browser of this machine finds the API of a hub.

    Raises:
        CallError: Its settings do not tell.
    """
    serving = [each for each in folder.listeners.values() if not each.serves or "api" in each.serves]
    found = next((where for each in serving if (where := _url(each))), "")
    if not found:
        raise CallError(
            Words(
                "found no address of the API in licet.toml (public_url, or listen with a port), expected --at URL",
                "licet.toml 未给出 API 的地址（public_url，或带端口的 listen），请用 --at 指定",
            )
        )
    return found


def _url(listener: ListenerSettings) -> str:
    host, _, port = listener.listen.rpartition(":")
    if listener.public_url or port == "0":
        return listener.public_url.rstrip("/")
    here = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104  # said of, not bound
    return f"{'https' if listener.certificate else 'http'}://{here}:{port}"
