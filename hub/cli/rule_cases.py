"""The worked cases of a hub folder's position rules, run as a hub does before it takes them."""

import typer

from hub.cli.folder import HERE, Folder
from hub.cli.language import spoken
from hub.cli.output import WRONG, AsJson, show
from hub.cli.typeable import from_here
from hub.config.folder import read_folder
from hub.config.rule_files import case_texts
from hub.packages.worked import failures
from schemas.words import Words, told

app = typer.Typer()
_SUM = {"en": "{cases} cases run: {failed} found wrong", "zh": "已运行 {cases} 个用例：{failed} 项不符"}
_TO_DO = Words(
    "To do: if what the case expects is right, correct the post's file in positions/; if what the rules give is right,"
    " correct the case in the file that is named; then `licet rules test`",
    "处理：用例的预期正确的，更正 positions/ 中的岗位文件；规则的结果正确的，更正所列用例文件；"
    "再执行 `licet rules test`",
)


@app.command()
def test(config: Folder = HERE, as_json: AsJson = False) -> None:
    """Judge the people of `cases/*.toml` by the folder's rules and compare."""
    folder, texts = read_folder(config), case_texts(config)
    found = list(failures(texts, list(folder.position_files.values()), folder.courses, folder.zone))
    language = spoken()
    lines = [from_here(told(each, language)) for each in found]
    lines += [_SUM[language].format(cases=len(texts), failed=len(found)), *([told(_TO_DO, language)] if found else [])]
    show({"cases": list(texts), "findings": list(map(str, found))}, as_json, lambda: "\n".join(lines))
    if found:
        raise typer.Exit(WRONG)
