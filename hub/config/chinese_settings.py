"""The meaning of every setting in Chinese, by what it is in English; those of adapters stand in ``chinese_adapters``."""

from collections.abc import Mapping

from hub.config.chinese_adapters import ADAPTERS
from schemas.words import Words

# ruff: noqa: E501 - a meaning is a line
_HUB: Mapping[str, str] = {
    # --- licet.toml
    "dev: loopback only, demo keys and plain http allowed.": "dev：只监听本机，允许演示密钥与明文 HTTP。",
    "Names the hub in its log.": "平台在审计日志中的名称。",
    "The site's time zone: days, months, printed times.": "所在地时区：用于日、月及显示的时间。",
    "Language of command output and of mail to HR.": "命令输出及发给人力资源部门邮件的语言。",
    "HOST:PORT; port 0 takes a free one.": "主机:端口；端口 0 表示任取空闲端口。",
    "How peers address the hub; empty: http://HOST:PORT (dev only).": "对端访问平台的地址；留空为 http://主机:端口（仅限 dev）。",
    "Addresses or networks of proxies whose X-Forwarded-For is believed, as 10.0.0.5/32.": "可信代理的地址或网段，采信其 X-Forwarded-For，如 10.0.0.5/32。",
    "Instance whose identifiers are the employee numbers.": "以其标识作为工号的连接器实例。",
    "Targets, sinks, or sink/target that no position may open or close, beside mail, im, lms and exits; * stands for any letters.": "除邮件、即时通讯、学习平台和出口外，任何岗位都不得开关的权限组、权限系统或“系统/权限组”；* 代表任意字符。",
    "So long after the last word about somebody, and the end of their last post, their data must be kept: before that nobody is erased.": "自最后一次提及某人的记录及其最后在岗之日起，资料须保存的天数；期满前不得销毁。",
    "Minutes that the way between two sites takes at least: time in a room that lies closer to having been at the other site is open.": "不同场所之间的最短路程（分钟）：在一处的时段，若与同一人在另一场所的记录间隔更短，则待核实。",
    "Where HR reads; empty: HR is not written to, and an alarm says so.": "人力资源部门的邮箱；留空则不发送，并产生告警。",
    "Folder with fonts for the pages of certificates, from the hub folder; empty: those of the system (Chinese on Debian: fonts-noto-cjk).": "证书页面所用字体的目录（相对于配置目录）；留空使用系统字体（Debian 中文字体：fonts-noto-cjk）。",
    "A revocation that is not seen carried out for so long is an alarm.": "撤销超过此时长仍未核实的，产生告警。",
    "A message to a person that no server took for so long is an alarm.": "发给本人的通知超过此时长仍未被受理的，产生告警。",
    "What a partner was told and gave no receipt of for so long is an alarm.": "告知合作系统后超过此时长没有回执的，产生告警。",
    "A change whose answer was lost may still land: its door is seen closed twice, so far apart.": "应答丢失的变更仍可能生效：须相隔此时长两次核实已关闭。",
    "With less free under the hub folder only what may close a door is taken in; the rest hears 503.": "配置目录所在磁盘剩余空间低于此值时，只接收可能关闭权限的报文，其余返回 503。",
    "The most targets that sweeps, and `licet reconcile`, ask for in a second.": "定期核对与 `licet reconcile` 每秒最多查询的权限组数。",
    "How often doors are compared with what must be true.": "多久核对一次权限系统与应有状态。",
    "sqlite:///FILE (from the hub folder), postgresql+psycopg://USER:PASSWORD@HOST/NAME, or env:NAME.": "sqlite:///文件（相对于配置目录）、postgresql+psycopg://用户:口令@主机/库名，或 env:变量名。",
    "Where they lie: files in keys/own, the keyring of the operating system (extra licet[keyring]), or a key module that they never leave (extra licet[pkcs11]).": "私钥存放处：keys/own 中的文件、操作系统密钥环（须 licet[keyring]），或密码模块（须 licet[pkcs11]，私钥不出模块）。",
    "pkcs11: the library of the module's maker, an absolute path.": "pkcs11：厂商提供的密码模块动态库，绝对路径。",
    "pkcs11: the label of the token.": "pkcs11：令牌的标签。",
    "pkcs11: file:PATH or env:NAME of what opens the token.": "pkcs11：令牌的 PIN：file:路径 或 env:变量名。",
    "file:PATH (from the hub folder) or env:NAME of what encrypts private keys, wherever they lie.": "用于加密私钥的主密钥：file:路径（相对于配置目录）或 env:变量名。",
    "Read with documents of packages and with shipped ones alone; those in mappings/ are drafts then.": "只使用签名包与随附的映射文档；mappings/ 中的视为草稿。",
    "Package from which positions and courses come instead of the folder: those there are drafts then.": "岗位与课程取自该签名包，配置目录中的视为草稿。",
    "HOST:PORT.": "主机:端口。",
    "Instances that push or are asked upon a ping, and api (questions, health, metrics); none: everything.": "提供服务的推送实例、可触发查询的实例，以及 api（查询、健康、指标）；不设置则全部提供。",
    "How peers address it; empty: hub.public_url.": "对端访问此监听的地址；留空为 hub.public_url。",
    "PEM file of its certificate chain; with it it speaks TLS.": "证书链的 PEM 文件；填写后启用 TLS。",
    "PEM file of the certificate's key.": "证书私钥的 PEM 文件。",
    "PEM file of authorities: only who shows a certificate of theirs is let in.": "签发机构的 PEM 文件：只接受出示其所签证书的客户端。",
    "Which kind of system, as world/system.": "连接器类型，写作“类别/系统”。",
    "Source whose identifiers it uses for people; empty: its own (doors: the roster). A door's is an instance's: its own name for the roster's column id:NAME.": "该实例所用人员标识的来源；留空为其自身（权限系统为名册）。权限系统填写实例名称；填自身名称时使用名册的 id:名称 列。",
    "read: world/name of the document that reads what it brings, of mappings/ in the hub folder or shipped; empty: the adapter's own. Read again at SIGHUP.": "read：读取其报文的映射文档（类别/名称），在配置目录 mappings/ 中或随附；留空为连接器自带。收到 SIGHUP 时重新读取。",
    "Polling interval.": "查询间隔。",
    "Whoever posts to /ping/NAME has it asked before its interval is over, so often at most; what is posted is not read. None: nobody can.": "任何人向 /ping/实例名 发送 POST 即提前查询，两次之间不短于该秒数；所发内容不读取。不设置则不提供。",
    "The adapter's own settings.": "连接器自身的设置。",
    "world/name of the document that reads what it brings: the folder's own, else a shipped one.": "读取其报文的映射文档（类别/名称）：先取配置目录中的，其次为随附的。",
    "Where alarms reach this person.": "接收告警的邮箱。",
    "Language of this person's mail.": "发给此人邮件的语言。",
    "Names of operators who hear first; the others where none of them can be told. Empty: all.": "首先告知的运维人员；均无法送达时告知其余人员。留空为全部。",
    "Connectors that send mail, in the order in which they are tried. Empty: all that can.": "发送邮件的连接器，按顺序尝试。留空为全部。",
    "An alarm upon which nobody has acted is told again after so long.": "无人处理的告警隔此时长再次告知。",
}


def meaning(english: str) -> str:
    """What a setting is for, in both languages where both were written."""
    chinese = {**_HUB, **ADAPTERS}.get(english, "")
    return Words(english, chinese) if chinese else english
