"""What to do about an alarm, by its code, in both languages."""

from collections.abc import Mapping

_ENTER = "licet credential enter PERSON CREDENTIAL NUMBER --status STATUS --reason TEXT --evidence FILE --by NAME"
_STAYS = "; until then the last state holds, and its end"
_REMEDIES: Mapping[str, tuple[str, str]] = {
    "sink.unconfirmed": (
        "立即在对端人工关闭该权限；用 `licet connectors` 查看对端状态，用 `licet why 工号` 查看人员",
        "close it by hand at the sink now; `licet connectors` says how that is, `licet why PERSON` how the person is",
    ),
    "sink.no-person": (
        "核实该人员在对端是否以其他账号存在，用 `licet people link 来源 标识 工号` 关联其标识，并关闭其权限",
        "see whether the person has another account at the sink and close what it opens; `licet people link "
        "SOURCE IDENTIFIER PERSON` names it",
    ),
    "manning.short": (
        "安排合格人员到岗，或执行 `licet freeze 岗位 --until 时刻 --reason 理由 --by 姓名`；到期后权限仍会关闭",
        "put qualified people on the post, or `licet freeze POSITION --until INSTANT --reason TEXT --by NAME`; "
        "the door closes at the end of manning.hold",
    ),
    "guard.wave": (
        "用 `licet cases list` 查看，核实原因后执行 `licet cases decide 编号 released --reason 理由 --evi"
        "dence 文件 --by 姓名 --by 另一人`；暂不关闭的，将 released 改为 refused",
        "see why with `licet cases list`; to let them close: `licet cases decide CASE released --reason TEXT "
        "--evidence FILE --by NAME --by OTHER`; to keep them open for now: `refused` instead",
    ),
    "document.damaged": (
        "用 `licet audit verify` 查看是哪些材料，从备份的 register 目录将文件复制到 data/register 的原处",
        "`licet audit verify` names them; copy their files from a backup's `register` to their places in data/register",
    ),
    "access.break-glass": (
        "核实紧急开启的缘由，必要时用 `licet break-glass end 编号 --by 姓名` 提前关闭，编号见 `licet break-glass list`",
        "see why a door was opened beside the rules; `licet break-glass end ID --by NAME` closes it before its "
        "time (`licet break-glass list` has the id)",
    ),
    "credential.unknown": (
        "向发证机构核实该证书，用 `licet credential enter 工号 资质 证书编号 --status 状态 --reason 理由 "
        "--evidence 文件 --by 姓名` 登记结果；此前状态与到期日照旧有效",
        f"ask the issuer about this certificate and enter what it says: `{_ENTER}`; until then what it said last "
        "holds, and so does its end",
    ),
    "meaning.left-out": (
        "请对端按应答所示位置更正，以新标识重新发送；随后 `licet alarms ack 编号 --by 姓名`",
        "have the sender mend what its answer names and send it anew; then `licet alarms ack ALARM --by NAME`",
    ),
    "quarantine.waiting": (
        "见 `licet quarantine list`；请对端更正并以原标识重发；更正映射后 `licet quarantine replay 编号 --by 姓名`",
        "see `licet quarantine list`; the sender mends it and sends it again under the same id, or the mapping is "
        "mended, and then `licet quarantine replay ID --by NAME`",
    ),
    "badge.form": (
        "查看 `licet connectors` 与日志中的文件名，请持有人重新提供颁发方签名的凭证",
        "see which file it is (`licet serve` names it) and have its holder hand in what the issuer signed",
    ),
    "badge.issuer": (
        "核对该凭证的颁发方；属于其他颁发方的，放入该颁发方连接器的目录，再用 `licet check --online` 核对",
        "see whose it is; another issuer's belongs into its connector's folder (`licet check --online` looks again)",
    ),
    "badge.recipient": (
        "将文件放入以持有人标识命名的子目录；用 `licet check --online` 核对；仍不符的，不是该人员的凭证",
        "lay the file into a folder below that is named by the holder's identifier and look again"
        " (`licet check --online`); if that does not help, it is somebody else's",
    ),
    "badge.gone": (
        "将文件放回；证书不再有效的，用 `licet credential enter 工号 资质 证书编号 --status 状态 --reason"
        " 理由 --evidence 文件 --by 姓名` 登记",
        f"lay the file back, or enter how the credential stands: `{_ENTER}`",
    ),
    "badge.missing": (
        "向颁发方核实徽章地址，用 `licet check --online` 核对；此前状态与到期日照旧有效",
        f"ask the issuer where its badges stand (`licet check --online` looks again){_STAYS}",
    ),
    "status.none": (
        "向颁发方索取带状态列表的凭证；确认无须查询的，设置 without_status = true，再用 `licet check --online` 核对",
        "ask the issuer for credentials with a status list; if it has none, `without_status = true` believes them until"
        " they end (`licet check --online` looks again)",
    ),
    "status.list": (
        "用 `licet check --online` 核对 status_at 与颁发方公布的状态列表；此前状态与到期日照旧有效",
        f"compare `status_at` with where the issuer publishes its lists (`licet check --online`){_STAYS}",
    ),
    "status.stale": (
        "请颁发方更新状态列表，用 `licet check --online` 核对；此前状态与到期日照旧有效",
        f"ask the issuer to renew its status list (`licet check --online` looks again){_STAYS}",
    ),
    "status.missing": (
        "向颁发方核实状态列表地址，用 `licet check --online` 核对；此前状态与到期日照旧有效",
        f"ask the issuer where its status list stands (`licet check --online` looks again){_STAYS}",
    ),
    "status.gone": (
        "向发证机构核实；用 `licet credential enter 工号 资质 证书编号 --status 状态 --reason 理由 --evid"
        "ence 文件 --by 姓名` 登记结果，此前状态与到期日照旧有效",
        f"ask the issuer why its list was taken away and enter what it says: `{_ENTER}`{_STAYS}",
    ),
    "disk.low": (
        "清理或扩充平台所在磁盘，用 `licet doctor` 核对；期间只接收可能关闭权限的报文，其余由对端重发",
        "free or add room under the hub folder (`licet doctor`); until then only what may close a door is taken",
    ),
    "store.full": (
        "立即清理或扩充存储所在磁盘，用 `licet doctor` 核对；期间不写入任何内容，对端会重发",
        "make room on the disk of the store now (`licet doctor`); until then nothing is written, senders come again",
    ),
    "clock.leapt": (
        "校正本机时钟；若本机时钟正确，执行 `licet clock believe --by 姓名`",
        "set the machine's clock right; if it is right, say so: `licet clock believe --by NAME`",
    ),
    "clock.differs": (
        "核对本机与对端的时钟及时间同步，见 `licet clock`",
        "compare the machine's clock (`licet clock`), and what sets it, with that system's",
    ),
    "sink.undone": (
        "用 `licet reconcile` 查明哪个系统重新开启该权限并停止它；本系统每次都会再次关闭",
        "find the system that opens it again (`licet reconcile`) and stop it; the hub closes it each time",
    ),
    "log.tamper": (
        "停止使用并保留现场，用 `licet audit verify` 查明",
        "stop, keep everything, run `licet audit verify`",
    ),
    "peer.auth": (
        "更正账号或证书，用 `licet check --online` 核对；期间不丢失内容",
        "mend the credentials and try them with `licet check --online`; nothing is lost meanwhile",
    ),
    "alarm.untold": (
        "用 `licet connectors` 查看邮件服务器，核对 [operators] 中的邮箱；告警见 `licet alarms list`",
        "look at the mail server with `licet connectors`, mend it or the address; `licet alarms list` has the alarms",
    ),
    "notice.no-address": (
        "在名册中补全该人员的邮箱并执行 `licet people import`，另行通知本人",
        "give the person an address in the roster (`licet people import`), and have HR tell them by another way",
    ),
    "notice.late": (
        "用 `licet connectors` 查看邮件服务器；急事另行通知本人",
        "look at the mail server with `licet connectors`; tell the person by another way if it presses",
    ),
    "notice.hr-untold": (
        "用 `licet connectors` 查看邮件服务器，核对 hub.hr_mail；期间由运维人员告知人力资源未获通知、权限已关闭的人员",
        "mend hub.hr_mail or its mail server (`licet connectors`); tell HR meanwhile who was not told or lost access",
    ),
    "mail.recipient": (
        "在名册或 [operators] 中更正该邮箱，执行 `licet check`，并另行通知本人",
        "mend the address, in the roster or in [operators] (`licet check`); tell the reader by another way",
    ),
    "mail.message": (
        "与邮件服务器管理员核实其拒收原因（发件人、内容、大小），见 `licet connectors`；收件人地址无需更改",
        "ask who runs the mail server why (sender, content, size; `licet connectors`); the reader's address is right",
    ),
    "notice.undelivered": (
        "由人力资源部门另行通知本人，内容见 `licet why 工号`",
        "have HR tell the person by another way; `licet why PERSON` says what",
    ),
    "registration.refused": (
        "用 `licet exams list` 查看，与考试系统核实后执行 `licet exams retry`",
        "look with `licet exams list`, mend it with the exam system, then `licet exams retry`",
    ),
    "registration.no-learner": (
        "用 `licet people link 来源 标识 工号` 关联其在考试系统的标识，或在名册中填写",
        "link the person's identifier there, by the roster or `licet people link SOURCE IDENTIFIER PERSON`",
    ),
    "partner.refused": (
        "用 `licet partners list --state failed` 查看，与对方核实后执行 `licet partners retry 对接系统`",
        "look with `licet partners list --state failed`, mend it with the partner, then `licet partners retry PARTNER`",
    ),
    "partner.no-person": (
        "用 `licet people link 来源 标识 工号` 关联其在合作系统的标识，或在名册中填写",
        "link the person's identifier there, by the roster or `licet people link SOURCE IDENTIFIER PERSON`",
    ),
    "partner.late": (
        "用 `licet connectors` 与 `licet partners list` 查看，与对方核实",
        "look with `licet connectors` and `licet partners list`, and ask whoever runs the partner",
    ),
    "calendar.missing": (
        "按国务院办公厅通知编写 calendar/年份.toml（节假日与调休上班日），执行 `licet check` 后重新启动",
        "write calendar/YEAR.toml by the State Council's notice (holidays, worked weekends), `licet check`, restart",
    ),
    "renewal.review-due": (
        "用 `licet rules lint` 查看是哪些，核对原文后更新 cite 或 renewal/名称.toml 中的日期与内容，重新启动",
        "`licet rules lint` says which; read the text again, write what it says and the days into cite or"
        " renewal/NAME.toml, start again",
    ),
    "keys.none": (
        "执行 `licet keys new --algorithm 算法`",
        "`licet keys new --algorithm ALGORITHM`, the one that signs there",
    ),
    "keys.set": (
        "与对端核实其公钥集合，见 `licet keys list`；期间沿用原有密钥",
        "ask the peer what it publishes (`licet keys list`); the keys of before hold",
    ),
    "keys.revoked": (
        "与对端核实其为何公布已吊销的密钥，见 `licet keys list`；请其更换密钥对，该密钥不予采信",
        "ask the peer why it publishes a key that was revoked here (`licet keys list`), and to make a new one",
    ),
    "keys.changed": (
        "与对端电话核实，见 `licet keys list`；确属更换时应使用新名称",
        "ask the peer by another way (`licet keys list`); a new key needs a new name, until then the known one holds",
    ),
    "hub.loop": ("用 `licet doctor` 查明原因并重新启动服务", "see why by `licet doctor`; a supervisor starts it anew"),
    "review.stuck": (
        "用 `licet why 工号` 查看该人员，修正规则或数据",
        "look with `licet why PERSON`; mend the rule or the record",
    ),
    "position.missing": (
        "将岗位文件放回 positions/，执行 `licet check` 后重新启动；岗位确已取消的，在名册中更正任职",
        "put the file back into positions/, `licet check`, start again; if the post is gone, change the roster",
    ),
    "rules.waiting": (
        "用 `licet check` 查看变更；核对后执行 `licet rules activate --losing 人数 --by 姓名`，或将文件恢复原状",
        "see what differs with `licet check`; `licet rules activate --losing N --by NAME` shows who would lose by it"
        " and takes it, or set the files back",
    ),
    "rules.unreadable": (
        "改用原版本启动；或按 `licet check` 更正规则文件，再执行 `licet rules activate --losing 人数 --by"
        " 姓名`。期间仅关闭发证机构撤回及到期的权限，不开启任何权限",
        "start the version of before; or mend the files as `licet check` says, then `licet rules activate --losing N"
        " --by NAME`. Until then only what issuers withdraw and what ends is closed, and nothing is opened",
    ),
    "store.restored": (
        "用 `licet plan` 核对将开启的权限，再执行 `licet release --by 姓名`",
        "look with `licet plan` at what would open, then `licet release --by NAME`",
    ),
    "roster.shrunk": (
        "核对名册来源并重新提供完整名册；若确属减员，执行 `licet people accept --by 姓名`",
        "have the roster's source deliver a whole one; if so many did leave: `licet people accept --by NAME`",
    ),
    "peer.tls": (
        "向对端核实其 TLS 证书；使用私有 CA 的设置 ca_file，再用 `licet check --online` 核对",
        "ask its operator about the TLS certificate; name a private CA by `ca_file` (`licet check --online`)",
    ),
    "peer.timeout": (
        "用 `licet check --online` 核对网络与对端服务；必要时调整 deadline_seconds",
        "see whether network and system work (`licet check --online`); `deadline_seconds` is how long it waits",
    ),
    "peer.missing": (
        "与对端核对 base_url 与 path，用 `licet check --online` 核对；此前所告知的内容照旧有效",
        "compare `base_url` and `path` with its operator (`licet check --online` looks again); all that it said holds",
    ),
    "peer.gone": (
        "向对端核实替代服务，用 `licet check --online` 核对；此前所告知的内容照旧有效，已知的到期日仍会关闭权限",
        "ask its operator what takes its place (`licet check --online`); what it said holds, stored ends still close",
    ),
    "peer.bad-answer": (
        "用 `licet check --online` 查看实际与应有内容，核对其设置或与对端核实",
        "`licet check --online` says what was found and expected: mend its settings, or ask the other side",
    ),
    "file.kind": (
        "请投递方放入普通文件，并核对读取权限；见 `licet connectors`",
        "have whoever fills the folder drop plain files that the hub may read; see `licet connectors`",
    ),
    "file.size": (
        "请投递方拆分文件，或调整 most_bytes 后执行 `licet check`",
        "have the file divided, or raise most_bytes (`licet check`)",
    ),
    "state.id-conflict": (
        "与对端核实：以先到内容为准，确有更正的，请对端以新标识重新发送；随后 `licet alarms ack 编号 --by 姓名`",
        "ask the sender: what came first holds; a correction needs a new id; then `licet alarms ack ALARM --by NAME`",
    ),
    "config.invalid": ("执行 `licet check` 并修正配置", "run `licet check` and mend what it names"),
    "ref.unknown-type": (
        "与发证机构核实证书类型；若岗位需要，在岗位文件中以 scheme 写明并执行 `licet check`，此前可用 `li"
        "cet people block 工号 岗位 --review 日期 --reason 理由 --evidence 文件 --by 姓名` 限制",
        "ask the authority what it means; if a post needs it, name it there (`scheme`, `licet check`); until "
        "then the post can be barred: `licet people block PERSON POSITION --review DAY --reason TEXT --evidence "
        "FILE --by NAME`",
    ),
    "meaning.late": (
        "用 `licet cases list` 查看，由人力资源执行 `licet cases decide 编号 withdrawn --reason 理由 --ev"
        "idence 文件 --by 姓名`；不采纳的，将 withdrawn 改为 rejected",
        "see it with `licet cases list`; HR decides: `licet cases decide CASE withdrawn --reason TEXT --evidence "
        "FILE --by NAME`; `rejected` instead, if it is not so",
    ),
    "sink.harm": (
        "在对端恢复受影响人员的权限，查明原因后执行 `licet resume 权限系统 权限组 --by 姓名`；用 `licet halts` 查看",
        "see at the sink who lost what and give it back; once the cause is known: `licet resume SINK TARGET "
        "--by NAME` (`licet halts` lists what is halted)",
    ),
    "sink.mass": (
        "在对端核实是谁移除了这些人员，确认后执行 `licet resume 权限系统 权限组 --by 姓名`；用 `licet halts` 查看",
        "find out at the sink who removed them; then `licet resume SINK TARGET --by NAME` (`licet halts` lists "
        "what is halted)",
    ),
    "sink.closed-by-hand": (
        "向对端核实关闭原因；如应重新开启，执行 `licet resume 权限系统 权限组 --person 工号 --by 姓名`",
        "ask at the sink why it was closed; if it is to be open again: `licet resume SINK TARGET --person PERSON "
        "--by NAME`",
    ),
}
_ELSE = (
    "用 `licet tail` 查看前后记录，处理后确认",
    "read what stands around it with `licet tail`, mend that, acknowledge",
)


def remedies() -> Mapping[str, tuple[str, str]]:
    """What is advised of each code that has advice of its own: in Chinese, then in English."""
    return _REMEDIES


def remedy(code: str, language: str) -> str:
    """What to do about an alarm of a code."""
    return _REMEDIES.get(code, _ELSE)[0 if language == "zh" else 1]
