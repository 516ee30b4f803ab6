"""What to do about a setting that is not taken, by its code, in both languages."""

from collections.abc import Mapping

from schemas.words import NOTHING, Words

_CURES: Mapping[str, Words] = {
    "schema.missing": Words("fill it in", "补填该项"),
    "schema.unknown-field": Words("rename or remove it", "更正名称或删除该项"),
    "schema.type": Words("write a value of that kind", "改为该类型的值"),
    "schema.range": Words("write one of what is expected there", "改为上述可用的值"),
    "schema.charset": Words("write it in that shape", "按该格式填写"),
    "ref.unknown-name": Words(
        "write a name that exists; or first add what is to be called so", "改为已有的名称；该名称尚未建立的，先行建立"
    ),
    "config.syntax": Words("mend that place of the line", "更正该处"),
    "config.secret": Words(
        "put the secret into a file below keys/ and write file:PATH, or env:NAME",
        "将口令或密钥存入 keys/ 下的文件，此处填写 file:路径 或 env:变量名",
    ),
    "config.file": Words("put the file there, or write the path of another one", "补上该文件，或填写其他文件的路径"),
    "meaning.contradiction": Words("mend the rows that are named", "更正所列各行"),
    "meaning.order": Words(
        "see which of the two is wrong, the start or the end, and correct that one", "核对开始与结束，更正填错的一项"
    ),
    "text.header": Words(
        "name all these columns in the first line, above the rows (`licet docs sheets` lists them)",
        "在数据行之前的首行写明全部列名（各列见 `licet docs sheets`）",
    ),
    "roster.shrunk": Words(
        "see whether people or rows are missing; if the file is right: `licet people accept --by NAME`",
        "核对是否缺少人员或行；文件无误的，执行 `licet people accept --by 姓名`",
    ),
    "text.columns": Words(
        "give the row as many cells as the header has; a cell with a comma in it stands in double quotes",
        "该行的列数应与表头一致；含逗号的单元格须加双引号",
    ),
    "encoding.invalid": Words("save the file as CSV UTF-8 or XLSX", "将文件另存为 CSV UTF-8 或 XLSX"),
    "time.invalid": Words(
        "write a day or time that there is, such as 2026-02-28 or 09:30:00",
        "改为有效的日期或时间，如 2026-02-28 或 09:30:00",
    ),
    "table.unknown": Words("write one of these", "改为其中之一"),
    "ref.unknown-subject": Words(
        "mend the number, or enter that person in the roster (until then the row waits)",
        "更正工号，或将此人列入名册（列入前该行暂存）",
    ),
}
_MEND = Words("write what is expected there", "改为所述内容")


def cure_of(code: str) -> Words:
    """What is always done about a code."""
    return known_cure(code) or _MEND


def known_cure(code: str) -> Words:
    """What is always done about a code, if there is something; else nothing."""
    return _CURES.get(code, NOTHING)
