"""What to do about an alarm, by its code, in both languages."""

from collections.abc import Mapping

_REMEDIES: Mapping[str, tuple[str, str]] = {
    "sink.unconfirmed": (
        "立即在对端人工关闭该权限；用 licet connectors 查看对端状态，用 licet why 查看人员",
        "close it by hand at the sink now; `licet connectors` says how that is, `licet why` how the person is",
    ),
    "sink.no-person": (
        "核实该人员在对端是否以其他账号存在，并关闭其权限",
        "see whether the person has another account at the sink, and close what it opens",
    ),
    "manning.short": (
        "安排合格人员到岗，或冻结、调整该岗位；到期后权限仍会关闭",
        "put qualified people on the post; the door closes at the end of manning.hold, whatever happens",
    ),
    "guard.wave": (
        "用 licet cases list 查看，核实原因后执行 licet cases decide 编号 released 或 refused",
        "see why with `licet cases list`; let them close, or not: `licet cases decide CASE released` (or `refused`)",
    ),
    "access.break-glass": (
        "核实紧急开启的缘由，必要时用 licet break-glass end 提前关闭",
        "see why a door was opened beside the rules; `licet break-glass end` closes it before its time",
    ),
    "credential.unknown": (
        "向发证机构核实该证书；此前状态与到期日照旧有效",
        "ask the issuer about this certificate; until then what it said last holds, and so does its end",
    ),
    "disk.low": (
        "清理或扩充 hub 所在磁盘；期间只接收可能关闭权限的报文，其余由对端重发",
        "free or add room under the hub folder; until then only what may close a door is taken, others send again",
    ),
    "store.full": (
        "立即清理或扩充存储所在磁盘；期间不写入任何内容，对端会重发",
        "make room on the disk of the store now; until then nothing is written, and all senders come again",
    ),
    "clock.leapt": (
        "校正本机时钟；若本机时钟正确，执行 licet clock believe --by 姓名",
        "set the machine's clock right; if it is right, say so: `licet clock believe --by NAME`",
    ),
    "clock.differs": (
        "核对本机与对端的时钟及时间同步",
        "compare the machine's clock, and what sets it, with that system's",
    ),
    "sink.undone": (
        "查明哪个系统重新开启该权限并停止它；本系统每次都会再次关闭",
        "find the system that opens it again and stop it; the hub closes it each time",
    ),
    "log.tamper": ("停止使用并保留现场，用 licet audit verify 查明", "stop, keep everything, run `licet audit verify`"),
    "peer.auth": (
        "更正账号或证书，期间不丢失内容",
        "mend the credentials; nothing is lost meanwhile",
    ),
    "alarm.untold": (
        "用 licet connectors 查看邮件服务器，核对 [operators] 中的邮箱；告警见 licet alarms list",
        "look at the mail server with `licet connectors`, mend it or the address; `licet alarms list` has the alarms",
    ),
    "notice.no-address": (
        "在名册中补全该人员的邮箱，并另行通知本人",
        "give the person an address in the roster, and have HR tell them by another way",
    ),
    "notice.late": (
        "用 licet connectors 查看邮件服务器；急事另行通知本人",
        "look at the mail server with `licet connectors`; tell the person by another way if it presses",
    ),
    "notice.hr-untold": (
        "核对 hub.hr_mail 与邮件服务器；期间由运维人员告知人力资源部门谁未收到通知、谁的权限已关闭",
        "mend hub.hr_mail or its mail server; until then tell HR who did not get a message, and who lost access",
    ),
    "mail.recipient": (
        "在名册或 [operators] 中更正该邮箱，并另行通知本人",
        "mend the address, in the roster or in [operators]; tell the reader by another way",
    ),
    "mail.message": (
        "与邮件服务器管理员核实其拒收原因（发件人、内容、大小）；收件人地址无需更改",
        "ask who runs the mail server why (sender, content, size); the reader's address is right",
    ),
    "notice.undelivered": ("由人力资源部门另行通知本人", "have HR tell the person by another way"),
    "registration.refused": (
        "用 licet exams list 查看，与考试系统核实后执行 licet exams retry",
        "look with `licet exams list`, mend it with the exam system, then `licet exams retry`",
    ),
    "registration.no-learner": (
        "用 licet people link 或名册关联其在考试系统的标识",
        "link the person's identifier there, by the roster or `licet people link`",
    ),
    "partner.refused": (
        "用 licet partners list --state failed 查看，与对方核实后执行 licet partners retry",
        "look with `licet partners list --state failed`, mend it with the partner, then `licet partners retry`",
    ),
    "partner.no-person": (
        "用 licet people link 或名册关联其在合作系统的标识",
        "link the person's identifier there, by the roster or `licet people link`",
    ),
    "partner.late": (
        "用 licet connectors 与 licet partners list 查看，与对方核实",
        "look with `licet connectors` and `licet partners list`, and ask whoever runs the partner",
    ),
    "calendar.missing": (
        "按国务院办公厅通知编写 calendar/年份.toml（节假日与调休上班日）并重新启动",
        "write calendar/YEAR.toml from the State Council's notice (holidays, worked weekends) and start again",
    ),
    "keys.none": (
        "执行 licet keys new --algorithm 算法",
        "licet keys new --algorithm, of the algorithm that signs there",
    ),
    "keys.set": ("与对端核实其公钥集合；期间沿用原有密钥", "ask the peer what it publishes; the keys of before hold"),
    "keys.changed": (
        "与对端电话核实；确属更换时应使用新名称",
        "ask the peer by another way; a new key needs a new name, and until then the known one holds",
    ),
    "hub.loop": ("查看日志并重新启动服务", "read the hub's own log; a supervisor starts it anew"),
    "review.stuck": ("用 licet why 查看该人员，修正规则或数据", "look with `licet why`; mend the rule or the record"),
    "position.missing": ("恢复岗位文件后重新启动", "put the position file back and start again"),
    "store.restored": (
        "用 licet plan 核对将开启的权限，再执行 licet release --by 姓名",
        "look with `licet plan` at what would open, then `licet release --by NAME`",
    ),
    "roster.shrunk": (
        "核对名册来源并重新提供完整名册；若确属减员，执行 licet people accept --by 姓名",
        "have the roster's source deliver a whole one; if so many did leave: `licet people accept --by NAME`",
    ),
    "peer.bad-answer": (
        "查看服务输出中该连接器的实际与应有内容，核对其设置或与对端核实",
        "the hub's output says of this connector what was found and expected: mend its settings, or ask the other side",
    ),
    "file.kind": (
        "请投递方放入普通文件，并核对读取权限",
        "have whoever fills the folder drop plain files that the hub may read",
    ),
    "file.size": ("请投递方拆分文件，或调整 most_bytes", "have the file divided, or raise most_bytes"),
    "state.id-conflict": ("与对端核实同一标识的两份内容", "ask the sender which of the two contents holds"),
    "config.invalid": ("执行 licet check 并修正配置", "run `licet check` and mend what it names"),
    "ref.unknown-type": (
        "与发证机构核实证书类型；若岗位需要，在岗位文件中以 scheme 写明",
        "ask the authority what it means; if a post needs it, name it there (`scheme`), and close by hand until then",
    ),
    "meaning.late": ("由人工决定是否采用", "a person decides whether it counts"),
}
_ELSE = (
    "用 licet tail 查看前后记录，处理后确认",
    "read what stands around it with `licet tail`, mend that, acknowledge",
)


def remedy(code: str, language: str) -> str:
    """What to do about an alarm of a code."""
    zh, en = _REMEDIES.get(code, _ELSE)
    return zh if language == "zh" else en
