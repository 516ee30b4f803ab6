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
    "config.syntax": Words("mend the line; a text stands in quotes", "更正该行；文字须加引号"),
    "config.secret": Words(
        "put the secret into a file below keys/ and write file:PATH, or env:NAME",
        "将密钥存入 keys/ 下的文件，此处填写 file:路径 或 env:变量名",
    ),
    "config.file": Words("put the file there, or name another one", "补上该文件，或改为其他文件"),
    "config.invalid": Words("change it as expected", "按要求更正"),
}


def cure_of(code: str) -> Words:
    """What is always done about a code."""
    return _CURES.get(code, _CURES["config.invalid"])
