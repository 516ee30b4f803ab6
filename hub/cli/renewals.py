"""What issuers demand for a renewal, as it was found: listed, shown, and as a file to settle it in."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from hub.cli.folder import HERE, Folder
from hub.cli.language import spoken
from hub.cli.output import AsJson, show
from hub.cli.tables import table
from hub.config.folder import is_hub_folder
from hub.config.renewals import read_renewals, renewal_text, shipped_renewals
from hub.quoting import rule_head, rule_lines
from hub.wording import meant
from schemas.errors import ConfigError
from schemas.renewal import RenewalRule
from schemas.words import Words, told

app = typer.Typer()
_COLUMNS = ("rule", "name", "checked_on", "next_review_on", "statements", "unsettled")


@app.command()
def renewal(
    rule: Annotated[str, typer.Argument(help="Name of a renewal rule; without it: all of them.")] = "",
    toml: Annotated[bool, typer.Option("--toml", help="As its file is written, to be settled in renewal/.")] = False,
    config: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """What issuers demand for a renewal: each statement with its source, how well it is known, and of which day."""
    known = read_renewals(config) if is_hub_folder(config) else shipped_renewals()
    if not rule:
        rows = [_row(each) for each in known.values()]
        show(rows, as_json, lambda: table(rows, _COLUMNS, ZoneInfo("UTC")))
    elif rule not in known:
        near, expected = meant(rule, known), ", ".join(known)
        words = Words(
            f"renewal rule: found {rule!r}, expected one of {expected}{near}",
            f"续期规则：现为 {rule!r}，应为 {expected} 之一{told(near, 'zh')}",
        )
        raise ConfigError(words, "ref.unknown-name")
    elif toml:
        text = renewal_text(config, rule)
        show({"toml": text}, as_json, lambda: text.removesuffix("\n"))
    else:
        one, language = known[rule], spoken()
        lines = [rule_head(one, language), *(f"- {line}" for line in rule_lines(one, language))]
        show(one.model_dump(mode="json"), as_json, lambda: "\n".join(lines))


def _row(rule: RenewalRule) -> dict[str, object]:
    return {
        "rule": rule.id,
        "name": getattr(rule.name, spoken()),
        "checked_on": rule.checked_on.isoformat(),
        "next_review_on": rule.next_review_on.isoformat(),
        "statements": len(rule.statements),
        "unsettled": len(rule.unsettled),
    }
