"""What to do about a setting that is not taken, by its code, in both languages."""

from collections.abc import Mapping

from schemas.words import Words

_CURES: Mapping[str, Words] = {
    "schema.missing": Words("add it", "补上该项"),
    "schema.unknown-field": Words("rename or remove it", "更正名称或删除该项"),
    "schema.type": Words("write a value of that kind", "改为该类型的值"),
    "schema.range": Words("write a value within these bounds", "改为允许的值"),
    "schema.charset": Words("write it in that shape", "按该格式填写"),
    "ref.unknown-name": Words("write a name that exists, or add what it names", "改为已有的名称，或先添加所指内容"),
    "config.syntax": Words("mend that place of the line, then `licet check`", "更正该处，再执行 `licet check`"),
    "config.secret": Words(
        "put the secret into a file below keys/ and write file:PATH, or env:NAME",
        "将密钥存入 keys/ 下的文件，此处填写 file:路径 或 env:变量名",
    ),
    "config.file": Words("put the file there, or name another one", "补上该文件，或改为其他文件"),
    "meaning.contradiction": Words("mend the rows that are named, and import again", "更正所列各行后重新导入"),
    "meaning.order": Words("write the earlier of the two as the start", "将较早的一项填为开始"),
    "text.header": Words("mend the names of the columns in that line, and import again", "更正该行列名后重新导入"),
    "text.columns": Words(
        "give the row as many cells as the header has; a cell with a comma in it stands in double quotes",
        "该行的列数应与表头一致；含逗号的单元格须加双引号",
    ),
    "encoding.invalid": Words("save the file as CSV UTF-8 or XLSX", "将文件另存为 CSV UTF-8 或 XLSX"),
    "time.invalid": Words("write it in that form", "按该格式填写"),
    "table.unknown": Words("write one of these", "改为其中之一"),
    "ref.unknown-subject": Words(
        "mend the number, or add that person to the roster; the row waits and applies by itself once the roster names"
        " them",
        "更正工号，或将此人列入名册；名册列入后该行自动采用",
    ),
}
_MEND = Words("write what is expected there", "改为所述内容")


def cure_of(code: str) -> Words:
    """What is always done about a code."""
    return _CURES.get(code, _MEND)
