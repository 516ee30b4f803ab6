"""The page of ``licet.toml``: every table and every key of it."""

from pydantic import BaseModel

from hub.config import settings
from schemas.words import Words, told
from tests.pages.tables import settings_rows

_HEAD = Words(
    """# Settings

<!-- {note} -->

`licet.toml` has the tables below and no other; a name that is not here is refused, with the nearest that is. What is
left out has its default. Secrets are references, `file:PATH` from the hub folder or `env:NAME`, never values.
`licet check` names file, line, what was found and what was expected; `licet.example.toml` of the repository
has every key in a form that can be copied. An instance also has the settings of its adapter:
[connectors](connectors.md).
""",
    """# 设置

<!-- {note} -->

`licet.toml` 只有下列各表；不认识的名称会被拒绝，并提示最接近的名称。未填写的设置取默认值。密钥一律以引用方式填写：
`file:路径`（相对于配置目录）或 `env:变量名`，不写明文。`licet check` 指出文件、行号、实际内容与应有内容；代码库中的
`licet.example.toml` 列出全部设置，可供复制。各实例另有其连接器的设置，见[连接器](connectors.zh-CN.md)。
""",
)
_TABLES: tuple[tuple[str, type[BaseModel], tuple[str, ...], Words], ...] = (
    (
        "profile",
        settings.Settings,
        ("hub", "store", "keys", "packages", "listeners", "connectors", "operators", "alarms"),
        Words("Above all tables stands one key.", "所有表之前的设置。"),
    ),
    ("[hub]", settings.HubSettings, (), Words("What holds for the whole hub.", "整个平台的设置。")),
    ("[store]", settings.StoreSettings, (), Words("Where everything is kept.", "数据存储位置。")),
    ("[keys]", settings.KeySettings, (), Words("The hub's own private keys.", "平台自身的私钥。")),
    (
        "[packages]",
        settings.PackageSettings,
        (),
        Words("What was signed and sealed to this hub ([how](packages.md)).", "签名包（[步骤](packages.zh-CN.md)）。"),
    ),
    (
        "[listeners.NAME]",
        settings.ListenerSettings,
        (),
        Words(
            "An address and what is served there; without any, all is served at `hub.listen`.",
            "监听地址及其提供的服务；未设置时全部由 `hub.listen` 提供。",
        ),
    ),
    (
        "[operators.NAME]",
        settings.OperatorSettings,
        (),
        Words("A person who runs the hub, and hears of its alarms.", "接收告警的运维人员。"),
    ),
    (
        "[alarms]",
        settings.AlarmSettings,
        (),
        Words("Who hears of what a person must look at, by what, how often.", "告警告知何人、经何渠道、多久重复。"),
    ),
    (
        "[connectors.NAME]",
        settings.ConnectorSettings,
        ("settings",),
        Words(
            "One outside system each; beside these keys stand those of its adapter.",
            "每个外部系统一张表；除下列设置外，另有其连接器的设置。",
        ),
    ),
)


def settings_page(note: str, language: str) -> str:
    """Every key of ``licet.toml``, from the models that read it."""
    lines = [told(_HEAD, language).format(note=note)]
    for title, model, without, about in _TABLES:
        lines += [f"## {title}", "", told(about, language), "", *settings_rows(model, language, without), ""]
    return "\n".join(lines)
