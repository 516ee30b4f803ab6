"""Every command at the top of ``licet``: where it is written, and what it does, in both languages."""

from collections.abc import Mapping
from typing import NamedTuple

from schemas.words import Words


class Entry(NamedTuple):
    """One name after ``licet``: the modules that make it, and its help. A command of its own shares its module."""

    modules: tuple[str, ...]
    help: Words


def _command(module: str, en: str, zh: str) -> Entry:
    return Entry((module,), Words(en, zh))


def _group(modules: str, en: str, zh: str) -> Entry:
    return Entry(tuple(modules.split()), Words(en, zh))


CATALOGUE: Mapping[str, Entry] = {
    "init": _command(
        "hub", "Write a hub folder that starts as it is, with fresh keys.", "新建可直接启动的配置目录，并生成密钥。"
    ),
    "check": _command(
        "check",
        "Validate a hub folder: settings, keys, positions, courses, mappings with their cases, rosters.",
        "检查配置目录：设置、密钥、岗位、课程、映射及用例、名册。",
    ),
    "serve": _command("hub", "Run the hub until SIGTERM.", "运行平台，直至收到 SIGTERM。"),
    "upgrade": _command(
        "hub",
        "Move the store of an earlier version to this one; refused while a hub serves it. Make a backup first.",
        "将旧版本存储升级到当前版本；运行中不可升级，请先备份。",
    ),
    "tail": _command(
        "tail",
        "One line a transmission: arrived, read, whom it concerns, decided, sent, confirmed, or where it stopped.",
        "每份报文一行：收到、读取、涉及人员、决定、发送、核实，或停在何处及处理办法。",
    ),
    "why": _command(
        "why",
        "May this person stand this post, and why: clauses, figures, what would cure it.",
        "某人能否上岗及其原因：条款、数据、解除条件。",
    ),
    "connectors": _command(
        "connectors",
        "How each connector stands: state, what waits and since when, last contact, last error, watermark, balance.",
        "各连接器的状态：积压、最近联系、最近错误、数据完整时点、收支平衡。",
    ),
    "doctor": _command(
        "doctor",
        "Look at everything once, within ten seconds: what is well, what is not, and the command to go on with.",
        "十秒内全面检查：正常与异常之处，以及下一步命令。",
    ),
    "support-bundle": _command(
        "support_bundle",
        "Show, then write, what helps others to help: versions, settings, findings, figures; nobody's name, no secret.",
        "先预览后写出支持信息：版本、设置、检查结果、统计数字；不含人员信息与密钥。",
    ),
    "schema": _command(
        "schema",
        "Write the schemas by which editors complete and check a hub folder's files; name those that lead to none.",
        "写入供编辑器补全与检查配置文件的模式文件，并列出首行未注明模式的文件。",
    ),
    "docs": _command(
        "docs",
        "Print a page of the documentation, or what an error code means and what to do; without a name: all pages.",
        "显示文档的一页，或某个错误代码的含义与处理办法；不带名称时列出全部页面。",
    ),
    "plan": _command(
        "enforcement", "What enforcement would open or close now, and why.", "正式执行将开通或关闭哪些权限及其原因。"
    ),
    "enforce": _command(
        "enforcement",
        "Carry out what is decided, from an instant; shows first what that changes now.",
        "自指定时刻起正式执行；执行前先显示将产生的变化。",
    ),
    "freeze": _command(
        "enforcement", "Hold derived changes; explicit revocations pass.", "冻结推定的变更；发证机构的吊销照常执行。"
    ),
    "unfreeze": _command("enforcement", "Let derived changes go on.", "解除冻结。"),
    "halts": _command(
        "enforcement",
        "Targets that are written no more, as a write there did what nobody asked for.",
        "已停止写入的权限组：写入产生了未要求的变更。",
    ),
    "resume": _command(
        "enforcement",
        "Let a halted target be written again, or open it again to one person to whom another hand closed it.",
        "恢复写入已停止的权限组，或重新开通被他人关闭的权限。",
    ),
    "reconcile": _command(
        "enforcement",
        "Compare doors with what must be true now: each difference and what it is; what opened is closed again.",
        "核对各权限系统的实际状态，列出差异；擅自开启的权限予以关闭。",
    ),
    "effectiveness": _command(
        "enforcement",
        "How well closing works at each sink: revocations, until seen closed, what was not, what drifted.",
        "各权限系统的撤销效果：撤销次数、核实用时、未核实、状态漂移。",
    ),
    "forecast": _command(
        "forecast",
        "Who will lose what and when unless something happens, what would prevent it, and seats needed per course.",
        "预测谁将在何时失去何种权限、如何避免，以及各课程所需名额。",
    ),
    "alarms": _group(
        "alarms", "What a person must look at: list, show, acknowledge.", "须人工处理的告警：列出、查看、确认。"
    ),
    "cases": _group(
        "cases", "What waits for a person at HR: list, show, decide.", "待人力资源部门处理的事项：列出、查看、决定。"
    ),
    "people": _group(
        "people corrections probation incidents acts",
        "Who is who, and what HR says of somebody.",
        "人员身份，以及人力资源部门的各项处理。",
    ),
    "sessions": _group("sessions", "How a session of the training plan went.", "培训场次的出勤情况。"),
    "jobs": _group(
        "jobs", "Work that a scheduler asked for over the API: list, show, cancel.", "外部调度任务：列出、查看、取消。"
    ),
    "exams": _group("exams", "Who may sit which exam: list, retry.", "考核资格：列出、重新登记。"),
    "partners": _group(
        "partners",
        "What systems beside the hub hear of training: list, retry, replay.",
        "合作系统接收的培训数据：列出、重试、重新发送。",
    ),
    "credential": _group("credential", "Credentials: enter, renew, reopen.", "资质：录入、续期、恢复。"),
    "register": _group(
        "register",
        "Scans and score sheets of people, sealed: add, list, show, export, remove.",
        "资质信息库：人员证书扫描件与成绩单的归档、列出、查看、导出、移除。",
    ),
    "certificate": _group(
        "certificate",
        "What the hub issued: show, export as PDF and JWS, verify.",
        "本平台颁发的证书：查看、导出 PDF 与 JWS、验证。",
    ),
    "import": _group("opening", "Opening balances.", "导入初始数据。"),
    "devices": _group(
        "devices", "Terminals that called: approve, reject, retire.", "考勤与门禁终端：批准、拒绝、停用。"
    ),
    "quarantine": _group(
        "quarantine",
        "Input that could not be read: look, replay once mended, discard.",
        "隔离待处理的数据：查看、修复后重放、丢弃。",
    ),
    "mapping": _group(
        "mapping redraft capture workbench",
        "How a source writes what it says: documents of the hub folder.",
        "映射文档：说明来源系统的数据如何读取。",
    ),
    "rules": _group(
        "rules rule_cases what_if rules_in_force prove renewals",
        "The rules of positions: what is wrong with them, what a draft would change.",
        "岗位规则：检查错误，推演草案影响。",
    ),
    "package": _group(
        "package", "Signed packages of documents and rules: sign, seal, deploy.", "映射包与规则包：签名、加密、部署。"
    ),
    "authority": _group(
        "authority",
        "For certification authorities: does a hub take our pushes as agreed?",
        "供发证机构使用：验证平台是否按约定接收推送。",
    ),
    "drill": _group("drill", "What would follow, before it happens.", "演练：事前推演后果。"),
    "break-glass": _group(
        "break_glass",
        "Doors that two people open beside the rules, for hours.",
        "紧急开启权限：由两人开启，到时自动关闭。",
    ),
    "audit": _group("audit", "The sync audit log.", "数据同步审计日志。"),
    "keys": _group("keys", "Keys: the hub's own and those that peers sign with.", "密钥：本平台的与对端用于签名的。"),
    "clock": _group(
        "clock",
        "Whether the machine's clock is believed; the word that it is right.",
        "本机时钟是否可信，以及人工确认。",
    ),
    "backup": _command(
        "backup",
        "Copy a hub, while it is served too: store, documents, keys, the log's memory and settings as of one moment.",
        "备份平台（可在运行中进行）：存储、材料、密钥、日志状态与设置。",
    ),
    "restore": _command("backup", "Make a hub again from a copy.", "从备份恢复平台。"),
    "release": _command(
        "backup",
        "Let a restored hub grant again; without --by: what it waits for.",
        "允许恢复的平台重新授权；不带 --by 时显示待办事项。",
    ),
    "demo": _group("demo", "The whole story in half a minute.", "半分钟演示全过程。"),
}
"""In the order in which the help lists them: from the first day to the rare one."""
