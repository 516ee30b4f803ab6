"""Failures, one class per thing the hub does about them, and the table of stable codes in both languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from schemas.words import Words, found_and_should, joined, should_be, told


@dataclass(frozen=True, slots=True)
class Code:
    """One stable code: HTTP status that its sender hears, and its meaning in both languages."""

    status: int
    en: str
    zh: str


CODES: dict[str, Code] = {
    # framing and size
    "http.size": Code(413, "body larger than the limit", "报文超过大小上限"),
    "http.media-type": Code(415, "content type not accepted here", "不支持的内容类型"),
    "http.method": Code(405, "method not allowed", "不支持的请求方法"),
    "http.path": Code(404, "no such path", "路径不存在"),
    "http.coding": Code(415, "content coding not accepted", "不支持的内容编码"),
    "http.request": Code(400, "header or parameter missing or not accepted", "请求头或参数缺失或不受支持"),
    "http.slow": Code(408, "request not complete in time", "请求未在时限内收完"),
    "http.rate": Code(429, "too many requests; come again later", "请求过于频繁，请稍后重试"),
    "http.framing": Code(400, "not one request of HTTP/1.1 that can be read in one way only", "HTTP 报文格式无效"),
    "tls.handshake": Code(400, "no TLS, or not the certificate that is asked for", "TLS 握手失败"),
    "http.headers": Code(431, "headers larger than the limit", "请求头超过大小上限"),
    "http.busy": Code(503, "too many connections or bytes on their way; come again", "连接或数据过多，请稍后重试"),
    # origin
    "sig.missing": Code(401, "signature headers missing", "缺少签名"),
    "sig.bad": Code(401, "signature or digest does not verify", "签名或摘要校验不通过"),
    "sig.key-unknown": Code(401, "key not registered for this peer", "密钥未登记"),
    "sig.key-state": Code(401, "key not valid at this time", "密钥不在有效期内"),
    "sig.components": Code(401, "signature does not cover what it must", "签名覆盖范围不足"),
    "envelope.refused": Code(401, "an envelope that is not exactly of the profile of its peer", "信封不符合约定格式"),
    "sig.stale": Code(401, "signature too old, or from the future", "签名时间超出允许范围"),
    "wss.wrapped": Code(401, "what is signed is not what would be read", "签名所指并非将被读取的内容"),
    "wss.algorithm": Code(401, "signed by an algorithm that is not believed", "签名算法不被接受"),
    "wss.header": Code(401, "no one security header for us, with one signature and one time", "安全报头缺失或不唯一"),
    "auth.token": Code(401, "token or password missing or wrong", "令牌或口令缺失或错误"),
    "device.unknown": Code(401, "device not on the list", "终端未登记"),
    "device.pending": Code(403, "device waits for approval", "终端待批准"),
    "device.clock": Code(202, "clock of a device is off by more than two minutes", "终端时钟偏差超过两分钟"),
    "device.log-changed": Code(202, "a device says that its clock or its records were changed", "终端时钟或记录被更改"),
    "device.encryption": Code(406, "a device wants to encrypt, which is not done here", "终端要求加密，本系统不支持"),
    "device.retired": Code(403, "device is retired or rejected", "终端已停用或被拒绝"),
    "keys.none": Code(503, "the hub has no key in use that signs what is to be sent", "平台没有可用于签名的密钥"),
    "keys.module": Code(503, "the module that holds a key of the hub does not use it", "密码模块未能使用平台密钥"),
    "keys.set": Code(502, "what a peer publishes is no set of public keys", "对端公布的公钥集合无效"),
    "keys.revoked": Code(502, "a peer publishes a revoked key under another name", "对端以其他名称公布了已吊销的密钥"),
    "keys.changed": Code(502, "a peer publishes another key under a known name", "对端以已知名称公布了另一密钥"),
    # packages
    "package.envelope": Code(401, "no package, or sealed otherwise than packages are", "不是签名包或加密格式不符"),
    "package.recipient": Code(401, "sealed to no key that this hub uses", "未加密给本系统"),
    "package.tampered": Code(401, "changed after it was sealed", "封装后被更改"),
    "package.unsigned": Code(401, "sealed, but not signed as packages are", "缺少签名或签名格式不符"),
    "package.signature": Code(401, "a signature does not verify", "签名校验不通过"),
    "package.signer": Code(401, "signed by a key that nobody is trusted by here", "签名密钥不受信任"),
    "package.signers": Code(
        401, "an author and another person who approves must have signed", "须由编制人和另一审批人签名"
    ),
    "package.form": Code(422, "what is signed is no manifest of a package", "清单格式无效"),
    "package.digest": Code(422, "a file is not what its digest says", "文件与摘要不符"),
    "package.audience": Code(422, "for another hub", "不是发给本系统的签名包"),
    "package.expired": Code(422, "too old, or from the future", "已过期或尚未生效"),
    "package.version": Code(409, "not newer than what was taken before", "版本不高于已接收版本"),
    "package.jump": Code(409, "a version too far ahead of the last", "版本号跳跃过大"),
    "package.prev": Code(409, "does not follow what is in use; a person must look", "与当前版本不衔接，须人工核实"),
    "package.conflict": Code(409, "a document that another package brings already", "与其他签名包内容冲突"),
    "package.test": Code(422, "what it brings does not pass its own tests", "内容未通过自检"),
    "package.changed": Code(503, "what is kept is not what was taken", "已保存内容与接收时不符"),
    # reading
    "encoding.invalid": Code(400, "bytes are not valid text in the declared encoding", "编码无效"),
    "encoding.unsupported": Code(400, "encoding not supported", "不支持的编码"),
    "encoding.mismatch": Code(400, "declared encoding and bytes disagree", "声明的编码与内容不符"),
    "json.syntax": Code(400, "not JSON", "JSON 语法错误"),
    "json.encoding": Code(400, "half of a surrogate pair inside a string", "JSON 字符串含孤立代理项"),
    "json.duplicate-key": Code(400, "a key stands twice in one object", "JSON 键重复"),
    "json.number": Code(400, "number outside what JSON can carry safely", "JSON 数值无效"),
    "json.depth": Code(400, "nested too deeply", "JSON 嵌套过深"),
    "json.size": Code(400, "too many keys and items", "JSON 元素过多"),
    "xml.syntax": Code(400, "not well-formed XML", "XML 语法错误"),
    "xml.dtd-forbidden": Code(400, "document type declaration not allowed", "不允许 DTD"),
    "xml.pi-forbidden": Code(400, "processing instruction not allowed", "不允许处理指令"),
    "xml.include-forbidden": Code(400, "XInclude not allowed", "不允许 XInclude"),
    "xml.comment-in-value": Code(400, "comment inside a value", "值中不允许注释"),
    "xml.depth": Code(400, "nested too deeply", "XML 嵌套过深"),
    "xml.size": Code(400, "too many elements or attributes", "XML 元素过多"),
    "text.columns": Code(422, "wrong number of columns", "列数不符"),
    "text.size": Code(413, "more lines than one body may have", "文本行数超过上限"),
    "text.header": Code(422, "columns missing from the header", "表头缺少列"),
    # meaning of an item
    "schema.missing": Code(422, "a value is missing", "缺少必填项"),
    "schema.type": Code(422, "value of the wrong type", "数据类型不符"),
    "schema.range": Code(422, "value out of range", "数值超出范围"),
    "schema.charset": Code(422, "characters that are not allowed here", "含有不允许的字符"),
    "schema.unknown-field": Code(422, "unknown field", "未知字段"),
    "schema.namespace": Code(422, "wrong namespace or root element", "命名空间或根元素不符"),
    "schema.form": Code(422, "no form of the mapping reads this message", "没有适用的映射形式"),
    "table.unknown": Code(422, "code not in the table of the mapping", "代码不在映射表中"),
    "mapping.lossy": Code(422, "what a mapping writes would not say the same", "映射写出的内容与原内容不符"),
    "mapping.bug": Code(422, "an item with which the mapping engine itself fails", "映射引擎处理该条目时出错"),
    "mapping.cost": Code(422, "more items than a mapping may work through at once", "条目数超过映射的处理上限"),
    "time.invalid": Code(422, "not a date or instant", "日期或时间无效"),
    "time.offset": Code(422, "offset out of range", "时区偏移无效"),
    "time.ambiguous": Code(422, "local time that a clock change skips or repeats", "本地时间不明确"),
    "time.stale": Code(202, "older than anything that is taken; a person decides", "早于可接受的最早时间，待人工决定"),
    "meaning.order": Code(422, "ends before it begins", "结束早于开始"),
    "meaning.contradiction": Code(422, "rows about one thing that differ; none is taken", "同一事项的多行不一致"),
    "meaning.itself": Code(422, "contradicts itself; a person decides", "内容自相矛盾，待人工决定"),
    "meaning.late": Code(422, "said after it was over; a person decides", "事后说明，待人工决定"),
    "meaning.batch": Code(400, "an item of an all-or-nothing batch is bad", "整批报文中含有无效条目"),
    "ref.unknown-name": Code(422, "a name that the hub's folder does not have", "平台配置中没有此名称"),
    "ref.unknown-subject": Code(
        202, "person not known yet; held and applied by itself once linked", "人员尚未关联，已暂存"
    ),
    "ref.unknown-type": Code(
        202, "credential that no position names; kept, and counts once one does", "岗位未引用该证书类型，已保留"
    ),
    "meaning.echo": Code(
        202, "the hub's own word, told back: known, and no new fact", "本平台自身数据的回传，不作为新的事实"
    ),
    "meaning.left-out": Code(
        202,
        "a part of a message is not of the agreed form: left out, the rest was taken",
        "报文部分内容不符合约定格式，该部分未采用，其余已采用",
    ),
    "credential.unknown": Code(
        202,
        "an issuer does not know how a certificate stands: nothing changes by that",
        "发证机构无法确认证书状态，现状保持不变",
    ),
    "badge.form": Code(202, "no signed credential that can be read here", "不是可读取的已签名凭证"),
    "badge.issuer": Code(202, "a credential of another issuer than is registered", "凭证的颁发方不是已登记的颁发方"),
    "badge.recipient": Code(
        202,
        "a credential says of nobody, or of several, or of another person, that it is theirs",
        "凭证未能确定唯一持有人",
    ),
    "badge.gone": Code(
        202, "a credential that was looked at is there no more; its state stays", "凭证文件已不存在，现状保持不变"
    ),
    "badge.missing": Code(
        202,
        "a hosted badge, or its class, is not at its address; its state stays",
        "徽章或其类别的地址无内容，现状保持不变",
    ),
    "quarantine.waiting": Code(
        202, "what came could not be read and waits for a person", "有内容无法读取，等待人工处理"
    ),
    "status.none": Code(202, "a credential names no status list that is known here", "凭证未注明可识别的状态列表"),
    "status.list": Code(202, "what was had is not the status list that was asked for", "所得内容不是所查询的状态列表"),
    "status.stale": Code(
        202, "a status list is older than the last one, or its time is over", "状态列表已过期或早于上次所得"
    ),
    "status.missing": Code(202, "a status list is not at its address (404)", "状态列表地址无内容（404）"),
    "status.gone": Code(
        202, "a status list was taken away (410); that revokes nothing", "状态列表已被撤下（410），不视为吊销"
    ),
    "clock.leapt": Code(
        503,
        "the machine's clock leapt: no date passes by it until it is back or believed",
        "本机时钟突变，恢复或经确认前不据以判定到期",
    ),
    "clock.differs": Code(503, "another system's clock says otherwise than the machine's", "对端时钟与本机时钟不一致"),
    "state.id-conflict": Code(409, "same id, other content", "标识相同但内容不同"),
    "file.kind": Code(422, "no ordinary file, or one that may not be read", "不是可读取的普通文件"),
    "file.system": Code(500, "the operating system did not read or write a file", "操作系统未能读写文件"),
    "file.size": Code(413, "file larger than the limit", "文件超过大小上限"),
    # the register
    "document.format": Code(
        422, "no PDF, JPEG, PNG or OFD, or not a whole one", "不是完整的 PDF、JPEG、PNG 或 OFD 文件"
    ),
    "document.active": Code(422, "a document that does something by itself when opened", "文件打开时会自动运行内容"),
    "document.locked": Code(422, "an encrypted document, into which nobody can look", "文件已加密，无法查看"),
    "document.many": Code(409, "more documents of one person than the register takes", "该人员的材料数量超过上限"),
    "document.said": Code(422, "what is said of a document does not do", "材料的说明不符合要求"),
    "document.damaged": Code(
        503, "a document of the register is gone, or is not what was filed", "资质信息库的材料缺失或被更改"
    ),
    "roster.shrunk": Code(422, "roster much shorter than the last one; held whole", "名册大幅缩减，整体暂存"),
    # our own state, and the other side of an outgoing call
    "store.busy": Code(503, "store busy or away; come again", "存储繁忙，请稍后重试"),
    "store.full": Code(503, "the disk of the store is full; come again", "存储所在磁盘已满，请稍后重试"),
    "disk.low": Code(503, "too little room on the disk; come again", "磁盘空间不足，请稍后重试"),
    "store.broken": Code(503, "store destroyed; a person must look", "存储已损坏，须人工处理"),
    "store.moved": Code(503, "the file of the store is not where it was", "存储文件已被移动或替换"),
    "log.tamper": Code(503, "the log is not what was signed; a person must look", "审计日志与签名不符，须人工处理"),
    "store.missing": Code(503, "no store yet", "存储尚未建立"),
    "store.older": Code(503, "store of an older version; left as it is", "存储版本较旧，未作改动"),
    "store.newer": Code(503, "store of a newer version; left as it is", "存储版本较新，未作改动"),
    "store.seat": Code(503, "another process decides for this store", "该存储已由其他进程使用"),
    "store.restored": Code(
        503, "a restored copy grants nothing until a person releases it", "恢复的副本须经人工放行后才授权"
    ),
    "peer.unreachable": Code(503, "other side cannot be reached", "对端不可达"),
    "peer.tls": Code(503, "other side's certificate is not trusted, or TLS failed", "对端 TLS 证书不受信任或 TLS 失败"),
    "peer.timeout": Code(503, "other side does not answer in time", "对端未按时应答"),
    "peer.throttled": Code(503, "other side asks to slow down", "对端限流"),
    "peer.unknown-outcome": Code(
        503, "it may have happened; it is observed before another try", "结果未知，先核实再重试"
    ),
    "peer.rejected": Code(502, "other side understood and refused", "对端拒绝"),
    "mail.recipient": Code(502, "a mail server refused the reader's address", "邮件服务器拒绝收件人地址"),
    "mail.message": Code(502, "a mail server refused the message or its sender", "邮件服务器拒收邮件内容或发件人"),
    "peer.missing": Code(502, "nothing stands at the other side's address (404)", "对端地址无内容（404）"),
    "peer.gone": Code(502, "what stood at the other side's address was taken away (410)", "对端地址已撤下（410）"),
    "peer.bad-answer": Code(502, "answer not understood", "对端应答无效"),
    "notice.late": Code(
        503, "a message to a person was not accepted in its time; it goes on waiting", "通知逾期未被受理，继续等待发送"
    ),
    "notice.undelivered": Code(
        502,
        "not delivered, or nobody knows; a person must tell the reader",
        "通知未送达或无法确认，须由专人转告",
    ),
    "alarm.untold": Code(502, "an operator could not be told of alarms", "告警未能送达运维人员"),
    "notice.hr-untold": Code(502, "HR could not be told by mail", "未能以邮件告知人力资源部门"),
    "notice.no-address": Code(502, "no way to reach the reader", "无法联系收件人"),
    "certificate.font": Code(500, "no font here shows a letter of a certificate", "缺少可显示证书文字的字体"),
    "certificate.unsigned": Code(422, "no signed certificate in the file", "文件中没有签名的证书数据"),
    "registration.refused": Code(
        502, "an exam system refused a registration or a withdrawal; a person must look", "考试系统拒绝登记，须人工处理"
    ),
    "registration.no-learner": Code(
        502, "nobody is known at the exam system by this person's identifiers; waits for one", "考试系统中无此人员标识"
    ),
    "ask.no-right": Code(
        403, "nobody of whom this may be asked is known by that identifier", "无此查询权限，或该标识无对应人员"
    ),
    "ask.repeated": Code(409, "a question of this id was answered already", "该编号的查询已答复"),
    "partner.refused": Code(
        502,
        "a partner refused what it was told of somebody's training; a person must look",
        "合作系统拒收培训数据，须人工处理",
    ),
    "partner.no-person": Code(
        502, "nobody is known at the partner by this person's identifiers; waits for one", "合作系统中无此人员标识"
    ),
    "partner.late": Code(
        503, "a partner has not confirmed in time what it was told; it goes on waiting", "合作系统逾期未确认，继续发送"
    ),
    "peer.conflict": Code(503, "changed meanwhile at the other side; looked at again", "对端数据已变化，重新核实"),
    "soap.fault": Code(502, "other side answered with a SOAP fault", "对端返回 SOAP 错误"),
    "soap.envelope": Code(502, "no SOAP envelope that can be read in one way only", "SOAP 信封无效或有歧义"),
    "soap.attachment": Code(
        502, "an answer with attachments (MTOM), which are not read", "应答含附件（MTOM），不予读取"
    ),
    "soap.must-understand": Code(502, "a header that must be understood, and is not", "应答含有必须理解而不支持的报头"),
    "peer.auth": Code(502, "other side refused our credentials", "对端拒绝本系统身份"),
    "sink.no-person": Code(502, "person not found at the sink", "对端无此人员"),
    "sink.ambiguous": Code(502, "more than one person found at the sink", "对端匹配到多名人员"),
    "sink.unknown": Code(500, "no instance of this name is configured; what waits for it stays", "未配置此对端"),
    "sink.no-target": Code(502, "target not found at the sink", "对端无此权限组"),
    "sink.no-read-back": Code(
        502, "taken, but this sink cannot be read back: never seen carried out", "对端已受理，但无法回读核实"
    ),
    "sink.uncalibrated": Code(
        502,
        "not seen open, but this read was not seen to show anybody either: that proves nothing; name a canary account",
        "未见开启，但此读取方式尚未显示过任何成员，不能作为关闭的证明；请配置探测账号",
    ),
    "sink.indirect": Code(
        502,
        "not listed in the group, and in it all the same: by a group inside it, the account's primary group, or as all",
        "组成员列表中已无此人，但仍在组内：凭组内的子组、账号的主要组，或因该组含所有人",
    ),
    "sink.unseen": Code(
        502,
        "taken twice and not seen afterwards: not sent again; look at this sink",
        "两次受理仍未见生效，不再重发；请检查对端",
    ),
    "sink.harm": Code(
        502,
        "a change here took from others too: this target is written no more until a person says so",
        "一次变更影响了他人，已停止写入该权限组，须人工处理",
    ),
    "manning.short": Code(
        409,
        "a closing would leave too few in full scope of this post: it waits for manning.hold, and no longer",
        "关闭该权限将使岗位在岗人数低于下限，最多等待 manning.hold 规定的时间",
    ),
    "guard.wave": Code(
        409,
        "closings of one cause in this post are more than may pass at once: they wait for a person",
        "同一原因在该岗位触发的关闭过多，须由人决定是否放行",
    ),
    "sink.mass": Code(
        502,
        "many vanished here at once: this target is written no more until a person says so",
        "大量人员同时消失，已停止写入该权限组，须人工处理",
    ),
    "sink.undone": Code(
        502,
        "another system opened this again three times after it was closed; find out which, and why",
        "撤销后已三次被其他系统重新开启，请查明来源",
    ),
    "sink.closed-by-hand": Code(
        502,
        "closed at the sink by another hand: not opened again without a new cause",
        "已被他人关闭，无新的事由不再开启",
    ),
    "access.break-glass": Code(
        202, "two people opened a door beside the rules; it closes by itself", "两人紧急开启权限，到时自动关闭"
    ),
    "sink.unconfirmed": Code(
        503, "a revocation was not seen carried out in time; a person must look", "撤销未在时限内得到核实，须人工处理"
    ),
    "sink.settling": Code(
        202,
        "taken; this sink shows a change only after a while, and is looked at then",
        "对端已受理，生效需要时间，到时再核实",
    ),
    "role.away": Code(
        503,
        "no process of the role that calls this system has taken the call, or it is gone",
        "没有承担相应角色的进程接手此调用，或该进程已结束",
    ),
    "role.decider": Code(
        503,
        "no process that decides has answered; what was sent is kept until one does: send it again",
        "没有作出决定的进程应答；报文已留存待处理，请重新发送",
    ),
    # jobs
    "job.kind": Code(422, "no kind of job that is done here", "不支持的任务类型"),
    "job.full": Code(503, "too many jobs wait; come again", "等待的任务过多，请稍后重试"),
    "job.failed": Code(500, "a job failed by a bug of the hub; its process log tells of it", "任务因程序缺陷失败"),
    # the hub itself
    "hub.starting": Code(503, "the hub is starting", "系统正在启动"),
    "hub.ending": Code(503, "the hub ends", "系统正在停止"),
    "hub.loop": Code(503, "a part of the hub has ended or stands still", "内部任务停止，系统将重新启动"),
    "review.stuck": Code(500, "a rule failed for this person; alarm raised, retried", "规则执行异常，已告警并重试"),
    "position.missing": Code(
        500, "a person holds a position whose file is gone; nothing closes by that", "持有岗位的文件缺失，权限保持不变"
    ),
    "rules.waiting": Code(
        500,
        "files of the rules differ from those that are in force, and wait for a person",
        "规则文件与现行规则不一致，待人工启用",
    ),
    "rules.unreadable": Code(
        500,
        "this version cannot read the rules in force: nobody is judged until others are taken",
        "本版本无法读取现行规则，启用其他规则之前暂停判定",
    ),
    "rules.changed": Code(
        500, "the rules in the store are not those that were taken", "存储中的规则与已启用的规则不一致"
    ),
    "calendar.missing": Code(
        500,
        "the statutory calendar of the next year (holidays, weekends worked in exchange) is missing",
        "缺少下一年度的法定节假日与调休安排",
    ),
    "renewal.review-due": Code(
        500,
        "a text that positions cite or quote should have been looked at again by now",
        "岗位引用的条文或续期规则已过核对日期",
    ),
    "call.invalid": Code(400, "a command was called wrongly", "命令调用不正确"),
    "call.refused": Code(422, "what was asked for is not done as it was asked", "所请求的操作不符合要求，未执行"),
    "config.invalid": Code(500, "a setting is wrong", "配置错误"),
    "config.syntax": Code(500, "a file of the hub folder is no TOML", "配置文件不符合 TOML 语法"),
    "config.secret": Code(
        500, "a secret is missing or stands where a reference is expected", "口令或密钥缺失，或未以引用方式填写"
    ),
    "config.file": Code(500, "a file that a setting needs is missing or cannot be read", "所需文件缺失或无法读取"),
}


def status_of(code: str) -> int:
    """HTTP status that the sender of ``code`` hears."""
    return CODES[code].status


class LicetError(Exception):
    """A failure with a stable code; the message says what was found, expected and where, never a secret or body.

    ``cure``: what to do, where it is not what is always done about the code, and the message does not say it.
    """

    def __init__(self, code: str, message: Words, cure: Words | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.cure = cure

    def of(self, name: str) -> Self:
        """This failure, which says at which instance it was."""
        return self._saying(Words(f"{name}: {self.message}", f"{name}：{self.told('zh')}"))

    def _saying(self, message: Words) -> Self:
        """This failure with another message."""
        other = type(self).__new__(type(self), message)
        other.__dict__.update(self.__dict__, message=message)
        return other

    def told(self, language: str) -> str:
        """The message in a language, as far as it is known in it."""
        return told(self.message, language)

    def problem(self, request_id: str = "") -> dict[str, Any]:
        """The RFC 9457 problem object of this failure, in both languages."""
        known = CODES[self.code]
        return {
            "type": f"urn:licet:error:{self.code}",
            "title": known.en,
            "title_zh": known.zh,
            "status": known.status,
            "code": self.code,
            "detail": str(self.message),
            "detail_zh": self.told("zh"),
            **({"request_id": request_id} if request_id else {}),
        }


def all_of(errors: Sequence[LicetError]) -> LicetError:
    """Some failures as one, with the code and the cure of the first."""
    return errors[0]._saying(joined([each.message for each in errors], Words("; ", "；")))


class ConfigError(LicetError):
    """A setting is wrong: the hub does not start. Names file, line and setting."""

    def __init__(self, message: Words, code: str = "config.invalid", cure: Words | None = None) -> None:
        super().__init__(code, message, cure)


class SettingError(ConfigError):
    """A setting is not taken: what was found, what was expected, and its name where one setting alone is meant."""

    def __init__(
        self,
        found: Words,
        expected: Words,
        *,
        setting: str = "",
        code: str = "config.invalid",
        cure: Words | None = None,
    ) -> None:
        zh = found_and_should(found, expected)
        words = Words(f"found {found}, expected {expected}", zh)
        super().__init__(Words(f"{setting}: {words}", f"{setting}：{zh}") if setting else words, code, cure)
        self.found = found
        self.expected = expected
        self.setting = setting


class CallError(ConfigError):
    """What a person asks for is not done: nothing has that name, or it may not be done so."""

    def __init__(self, message: Words, cure: Words | None = None) -> None:
        super().__init__(message, "call.refused", cure)


class TrustError(LicetError):
    """Origin or integrity is not proven: refused; the sender hears one text for all cases."""


class PayloadError(LicetError):
    """Proven, but it cannot be read: quarantined, replayed once mended. ``where`` is a pointer, XPath or offset.

    ``expected``: what should stand there instead of what ``message`` tells; empty where the code says it.
    """

    def __init__(self, code: str, message: Words, where: str = "", *, expected: Words | None = None) -> None:
        whole = expected and Words(f"{message}, expected {expected}", f"{message.zh}，{should_be(expected)}")
        super().__init__(code, whole or message)
        self.where = where
        self.found = message
        self.expected = expected

    def problem(self, request_id: str = "") -> dict[str, Any]:
        """The RFC 9457 problem object, with ``where``."""
        return {**super().problem(request_id), "where": self.where}


class ConflictError(LicetError):
    """Same id, other content: nothing is applied, an alarm is raised with the digests of both."""

    def __init__(self, message: Words, *, known: bytes = b"", found: bytes = b"") -> None:
        super().__init__("state.id-conflict", message)
        self.known = known
        self.found = found


class UnavailableError(LicetError):
    """The other side, or our store, is away, slow or busy: back off and retry. ``retry_after`` in seconds."""

    def __init__(self, code: str, message: Words, retry_after: float | None = None, cure: Words | None = None) -> None:
        super().__init__(code, message, cure)
        self.retry_after = retry_after


class UnknownOutcomeError(LicetError):
    """It may have happened: observe first, then decide."""

    def __init__(self, message: Words) -> None:
        super().__init__("peer.unknown-outcome", message)


class RejectedError(LicetError):
    """The other side understood and refused: a person decides (never the end of a revocation)."""
