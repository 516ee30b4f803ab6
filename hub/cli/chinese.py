"""The help of every command in Chinese, by what it is in English; that of options stands in ``chinese_options``."""

from collections.abc import Mapping

from hub.cli.chinese_options import OPTIONS

COMMANDS: Mapping[str, str] = {
    # --- one-word commands beyond what the catalogue says of them
    "Run the hub until SIGTERM. Exit code 70: a loop stood still; 74: the store is destroyed or not where it was.": (
        "运行平台，直至收到 SIGTERM。退出码 70：内部任务停止；74：存储损坏或已移动。"
    ),
    "Add a connector to licet.toml, with its secret, and say what is still to fill in.": (
        "在 licet.toml 中添加连接器并生成密钥，列出待填写的设置。"
    ),
    "What enforcement would open or close now, and why. Changes nothing.": (
        "正式执行将开通或关闭哪些权限及其原因。不作改动。"
    ),
    "Carry out what is decided, from an instant; shows first what that changes now. Two people: --by A --by B.": (
        "自指定时刻起正式执行；执行前先显示变化。须两人：--by 甲 --by 乙。"
    ),
    "Compare doors with what must be true now: each difference and what it is; what opened is closed again. "
    "Strangers are members whom the hub never let in; it tells of them and touches none.": (
        "核对各权限系统，列出差异；擅自开启的予以关闭。非平台开通的成员只列出，不作改动。"
    ),
    "Make a hub again from a copy. It revokes, but grants nothing until `licet release`.": (
        "从备份恢复平台；`licet release` 之前只撤销，不授权。"
    ),
    "Let a restored hub grant again; without --by: what it waits for. See `licet plan` for what would open.": (
        "允许恢复的平台重新授权；不带 --by 时显示待办事项。将开通的权限见 `licet plan`。"
    ),
    # --- alarms, cases
    "Every alarm that is not over.": "所有未处理的告警。",
    "One alarm, and what to do.": "查看一条告警及处理办法。",
    "Say that somebody has looked at it and acts.": "确认已有人查看并处理。",
    "What waits for a decision, the one that is due first first.": "待决定的事项，按期限先后排列。",
    "One case: whom it concerns, until when, and what can be decided.": "查看一个事项：涉及人员、期限、可作的决定。",
    "Decide a case. More than 4 hours, or three people at once, take --by twice; nobody decides about themselves.": (
        "决定一个事项。超过 4 小时或一次三人以上须两人（--by 两次）；不得决定本人事项。"
    ),
    "The last hundred jobs, newest first.": "最近一百个作业，最新在前。",
    "One job: how far it is, what it did, why it failed.": "查看一个作业：进度、结果、失败原因。",
    "End a job before its next item; what it has done stays.": "在下一项之前结束作业；已完成的保留。",
    # --- people
    "Read the roster now: what is new, changed and gone, what became of it, and each row that was not taken.": (
        "立即读取名册：新增、变更、减少、处理结果及未采用的各行。"
    ),
    "Let a roster pass that is held because it names far fewer people or rows than the last one, then read it.": (
        "放行因人数或行数大幅缩减而整体暂存的名册，然后读取。"
    ),
    "Identifiers that nobody is known by, with how many items wait for them.": "尚未关联人员的标识及待关联数据的条数。",
    "Say whose an identifier is; what waits for it applies by itself.": "将标识关联到人员；待关联数据自动生效。",
    "End a link at an instant: a re-used number inherits nothing.": (
        "自指定时刻起解除关联：重新使用的编号不继承任何数据。"
    ),
    "Who has to take which course for a post held or to be held. Reading it leaves an entry.": (
        "现任或拟任岗位的人员须参加哪些课程。查看会记入审计日志。"
    ),
    "What the log holds about a person, newest first. Reading it leaves an entry.": (
        "审计日志中有关某人的条目，最新在前。查看会记入审计日志。"
    ),
    "Credit hours that no system recorded. Above 4 hours, or more than 31 days back, it takes --by twice.": (
        "补记系统未记录的学时。超过 4 小时或 31 天以前的须两人（--by 两次）。"
    ),
    "Nothing more is required of a person in a session; what was attended stays.": (
        "免除某人在某培训场次的其余要求；已出勤的保留。"
    ),
    "A person must come to a session, or had to, whatever the plan says.": "将某人列入培训场次，不论培训计划如何。",
    "A person need not come to a session, whatever the plan says; of one that is over it takes --by twice.": (
        "将某人移出培训场次，不论培训计划如何；已结束的场次须两人（--by 两次）。"
    ),
    "Ask for a session to be done later; a case that somebody approves or refuses.": "申请培训延期；由他人批准或拒绝。",
    "Object to how a session of this person was counted; a case that somebody else decides.": (
        "对某培训场次的计时提出异议；由他人决定。"
    ),
    "A practical that somebody on probation did, and how it went; said again, the last word holds.": (
        "登记见习人员的实操及其结果；重复登记以最后一次为准。"
    ),
    "Name the mentor of somebody on probation; counts while the mentor holds full scope in the post.": (
        "指定见习人员的监护人；监护人在该岗位正式上岗期间有效。"
    ),
    "An incident at work, for HR to look at: it lowers no scope. More than 31 days back it takes --by twice.": (
        "登记作业事件，供人力资源部门查看，不降低权限。31 天以前的须两人（--by 两次）。"
    ),
    "Where incidents of the last 12 months gather, by position and course; it names nobody.": (
        "近 12 个月作业事件按岗位和课程的分布；不列人员。"
    ),
    "Keep a scope low, whatever the rules say, until another person lifts it.": (
        "不论规则如何，限制上岗范围，直至由他人解除。"
    ),
    "Lift the blocks of a person in a post; who set one does not lift it.": "解除某人在某岗位的限制；设置人不得解除。",
    "Open a scope for some days. It takes --by twice, ends by itself, and at an issuer's closing word.": (
        "临时开通上岗范围数日。须两人（--by 两次）；到期自动结束，发证机构撤回时立即结束。"
    ),
    "What issuers demand for a renewal: each statement with its source, how well it is known, and of which day.": (
        "发证机构的续期要求：各项内容、来源、核实程度与核对日期。"
    ),
    # --- sessions, exams, credentials, certificates
    "Who was there, of everybody what was counted and why not more, and which cases are open.": (
        "出勤人员、各人计入的时长、未计入的原因，以及待处理事项。"
    ),
    "Punches in a room of the plan while no session was on there. Reading it leaves an entry.": (
        "培训教室终端在无场次时段的打卡。查看会留下记录。"
    ),
    "Sign a list of those present. A row counts once two people signed the same, none of them the one it is about.": (
        "签署签到表。同一记录经两人（非本人）签署后计入。"
    ),
    "Another person who was there saw somebody: what a card, a password or a code alone does not show.": (
        "由另一名在场人员作见证记录：仅凭卡、口令或验证码不足以证明到场。"
    ),
    "Everybody who is registered for an exam, or was withdrawn. Reading it leaves an entry.": (
        "已登记或已撤销登记的考试人员。查看会记入审计日志。"
    ),
    "Have what an exam system refused told once more, after it was mended.": "修正后，将考试系统拒绝的登记重新发送。",
    "What partners hear of whose training, newest first, and how far they confirmed it. It leaves an entry.": (
        "合作系统接收的人员培训数据及确认情况，最新的在前。查看会记入审计日志。"
    ),
    "Have what a partner refused told once more, after it was mended.": "修正后，将合作系统拒收的数据重新发送。",
    "Have told once more what changed from an instant on, each word under its own key.": (
        "将某一时刻起变更的数据重新发送，各自沿用原编号。"
    ),
    "Enter what a certificate says, below its issuer's word; two --by are known better, and other dates take them. A "
    "PDF, JPEG, PNG or OFD as --evidence is filed in the register.": (
        "录入资格证书内容，证明材料归档。更改日期须两人；以发证机构为准。"
    ),
    "Renew an own credential whose renewal waits for HR.": "办理须由人力资源部门续期的资质。",
    "Undo a mistaken revocation. It takes --by twice, and the issuer's letter.": (
        "恢复误吊销的证书。须两人（--by 两次）及发证机构函件。"
    ),
    "File a document of a person, sealed. One of the same kind and number is the next edition of it.": (
        "归档人员材料并加密保存。类别与编号相同的记为新一版。"
    ),
    "The documents of a person, by kind, with all editions. Reading it leaves an entry.": (
        "按类别列出某人的材料及各版。查看会记入审计日志。"
    ),
    "What one document is, and whether its file is there as it was filed. Reading it leaves an entry.": (
        "一份材料的信息，以及文件是否完好。查看会记入审计日志。"
    ),
    "Write a document as it was filed, under its id. Reading it leaves an entry.": (
        "按归档原样写出材料，以编号为文件名。查看会记入审计日志。"
    ),
    "Remove a document that is somebody else's or may be kept no longer. It takes --by twice; its entry stays.": (
        "移除错归或不得继续保存的材料。须两人（--by 两次）；审计日志条目保留。"
    ),
    "All certificates of a person, by employee number. Reading them leaves an entry.": (
        "按工号列出某人的证书。查看会记入审计日志。"
    ),
    "Which certificates a person must look up again, and by when.": "须由人工再次查验的证书及期限。",
    "What one certificate says, and how it stands now.": "证书内容及当前状态。",
    "Write a certificate as PDF and as signed facts (JWS); again, they are the same bytes.": (
        "将证书写为 PDF 和签名数据（JWS）；再次导出内容相同。"
    ),
    "The public key by which anybody can check a certificate, as a set of JWK: publish it.": (
        "供任何人验证证书的公钥（JWK 集合），请公布。"
    ),
    "Check a certificate that somebody shows: PDF, or the text of its code. With --online or the hub's folder: also "
    "whether it still holds.": "验证他人出示的证书（PDF 或二维码文字）。带 --online 或配置目录时还核对是否有效。",
    "Credentials held, hours earned and access present when the hub begins, from a sheet (CSV, XLSX).": (
        "导入平台启用时已有的资质、学时和权限（CSV、XLSX 表格）。"
    ),
    # --- devices, quarantine
    "Every device that called.": "所有联系过平台的终端。",
    "Devices that wait for approval.": "待批准的终端。",
    "Let a device deliver; one that has not called yet too, where only one instance takes devices.": (
        "批准终端上传数据；只有一个连接器实例接收终端时，可预先批准。"
    ),
    "Refuse a device that asks.": "拒绝申请接入的终端。",
    "Take a device out of service: of what it had not delivered nothing is required of anybody, and HR is asked.": (
        "停用终端：未上传的记录不对任何人作要求，并提请人力资源部门处理。"
    ),
    "Have a device send again what it recorded in a time; it is told when it asks next.": (
        "要求终端重新上传某时段的记录；终端下次联系时下达。"
    ),
    "What a device was told, and what it said of it.": "向终端下达的命令及其回应。",
    "State how far a device's clock was off in a time, without an amount that it was right; it takes --by twice.": (
        "说明终端时钟在某时段的偏差；不给偏差即表示时钟正确。须两人（--by 两次）。"
    ),
    "What could not be read and waits.": "隔离待处理的数据。",
    "The bytes of one item, for a terminal in words that it does not obey. Reading them leaves an entry.": (
        "一条隔离数据的原始内容（控制字符已转义）。查看会记入审计日志。"
    ),
    "Read an item again with the mapping of today.": "以当前映射重新读取一条数据。",
    "Decide that an item is not wanted.": "丢弃一条数据。",
    # --- mappings, rules, packages
    "Write golden cases of what comes, with other names, numbers and times.": "由实际报文生成已去标识化的用例。",
    "Begin a document: a copy of a shipped one, or proposed for a sample.": "新建文档：复制内置文档或由样例生成。",
    "Look at documents: file and line, what was found, expected, meant; what is in vain.": (
        "检查文档：文件与行号、现值、应有值、建议，以及无用的内容。"
    ),
    "Read the golden cases beside documents and compare; a mistyped one is an error.": "运行文档旁的用例并比较。",
    "Show what a document makes of one body: each field with source, conversion, value.": (
        "预览一份报文的映射结果：各字段的来源、转换和值。"
    ),
    "Print a link that opens the mapping workbench in a browser, once.": "生成打开映射工作台页面的一次性链接。",
    "Read what came by a draft: records and decisions that would differ; changes nothing.": (
        "以映射草案重新读取已收到的报文：将有变化的记录与决定。不作改动。"
    ),
    "Where two documents differ: rules, golden cases, what came (--of).": (
        "比较两份文档的规则、用例结果及已收到的报文（--of）。"
    ),
    "Look at position files: each finding with file, line, what was found, what is expected, what was meant.": (
        "检查岗位文件：文件与行号、现值、应有值、建议。"
    ),
    "Judge the people of `cases/*.toml` by the folder's rules and compare.": (
        "按岗位规则运行 `cases/*.toml` 用例并比较。"
    ),
    "Who would lose or gain what under a draft of rules, when, and by which clause. Changes nothing.": (
        "推演规则草案：谁将于何时因哪一条款失去或获得什么。不作改动。"
    ),
    "Take the rules of the folder, its files or the package it names, into force, once it was shown who loses what.": (
        "核对得失人员后，启用本目录的规则文件或所指定的规则包。"
    ),
    "Prove for everybody there could be that a ladder rises, nobody stands after an end, a draft admits nobody new. "
    "What fails is told as one person's story, whom the engine has judged. Needs the extra licet[prove].": (
        "证明阶梯递进、到期即止、草案不放宽；不成立时给出实例。须安装 licet[prove]。"
    ),
    "Make a key of yours to sign packages with; it stays with you, and the hub hears of its public part.": (
        "生成本人的签名密钥；私钥由本人保管，平台只登记公钥。"
    ),
    "Trust somebody's signature under packages, as author or as approver; it takes --by twice.": (
        "信任某人作为编制人或审批人的签名；须两人（--by 两次）。"
    ),
    "Put documents with their golden cases, or rules, into a package and sign it as its author.": (
        "将文档及用例或规则装入签名包，并以编制人身份签名。"
    ),
    "Sign a draft as its author: the content of an earlier version as a new one.": (
        "以编制人身份签署草案：将早先版本的内容作为新版本。"
    ),
    "Sign a package that somebody else has signed: its files are listed; `licet package open` writes them out.": (
        "审批他人签名的包：列出其中文件；可用 `licet package open` 导出查看。"
    ),
    "Encrypt a signed package to the hubs whose keys are given; for another hub seal the same signed package again.": (
        "将签名包加密给指定平台；发给其他平台时再次加密同一签名包。"
    ),
    "Open a package with the key of a hub and look at it; nothing is taken.": "以平台密钥打开签名包查看；不接收。",
    "Take a package: opened, verified, compared, tried, and in use a second later; else nothing changes.": (
        "接收签名包：打开、验证、比较、试运行后启用；任何一步不通过则不作改动。"
    ),
    "Every version that was taken, who signed it, and which is in use.": "已接收的各版本、签名人及当前启用的版本。",
    "Write the content of an earlier version as a draft of the next one, to be signed, approved, sealed, deployed.": (
        "将早先版本的内容写为下一版本的草案，再经签名、审批、加密、部署。"
    ),
    "Seal what was taken anew to the key of the hub that is in use now; no signature is touched.": (
        "以平台当前密钥重新加密已接收的内容；签名不变。"
    ),
    # --- authorities, drills, doors, the log
    "Push test events to a hub and compare each answer with what is promised; exit 1 if one differs. "
    "They speak of a certificate number that is new each time and end with its revocation.": (
        "向平台推送测试事件并核对应答；不符时退出码为 1。每次使用新的证书编号，最后予以吊销。"
    ),
    "If an issuer withdrew everything: doors that close, how long each sink needs, who is left. Nothing is changed.": (
        "假设发证机构全部撤回：将关闭的权限、所需时间、剩余人员。不作改动。"
    ),
    "Open one door to one person, whatever the rules say; it closes by itself.": (
        "不论规则如何，向一人开启一项权限；到时自动关闭。"
    ),
    "What stands open so.": "当前的紧急开启。",
    "Close what was opened, before its time.": "提前关闭紧急开启的权限。",
    "Check every entry, the tree and every signed head.": "校验每一条目、哈希树和每个签名。",
    "Whose a token of an entry is: a person, an identifier, an operator. Reading it leaves an entry.": (
        "条目中的代号对应何人、何标识或何操作人。查看会记入审计日志。"
    ),
    "What an entry commits to, as it is kept: reasons, receipts, observations. Reading it leaves an entry.": (
        "条目密封的内容：理由、回执、核对结果。查看会记入审计日志。"
    ),
    "Destroy what names a person, for good. It takes --by twice.": "销毁人员资料，不可恢复。须两人（--by 两次）。",
    "Write the log as a folder that strangers can check without the hub.": "将审计日志导出为他人可独立校验的目录。",
    "Prove to a stranger that one entry stands in the signed log: C2SP tlog-proof, and a COSE receipt (RFC 9942).": (
        "向第三方证明某条目在已签名的审计日志中：C2SP tlog-proof 与 COSE 回执（RFC 9942）。"
    ),
    # --- keys, clock, demo
    "Make a key of the hub, which is published at once; beside one in use it is used some minutes later.": (
        "生成平台密钥并立即公布；已有使用中的密钥时，数分钟后启用。"
    ),
    "Enter the public key of an instance's peer.": "登记连接器实例对端的公钥。",
    "Every key, whose it is, and how it stands.": "所有密钥、持有方及状态。",
    "Give a key of the hub its follower: both are believed for a while.": "轮换平台密钥：新旧密钥在一段时间内均有效。",
    "Believe a key no more from an instant on; what it signed before stands.": (
        "自指定时刻起停用密钥；此前的签名仍有效。"
    ),
    "Believe a key no more, at once. What it signed since it leaked is listed, and opened for people to decide.": (
        "立即吊销密钥。列出泄露后签名的数据，并提请人工决定。"
    ),
    "What a key signed from an instant on, as the log has it.": "审计日志中某密钥自指定时刻起签名的数据。",
    "The set of public keys that the hub publishes at /.well-known/jwks.json.": (
        "平台在 /.well-known/jwks.json 公布的公钥集合。"
    ),
    "Say that the machine's clock is right: the calendar of the hub follows it within seconds.": (
        "确认本机时钟正确：平台日期在数秒内随之更新。"
    ),
    "Sign a push by hand with the demo authority's key: prints the curl command that sends it.": (
        "以演示机构的密钥手工签署推送：输出用于发送的 curl 命令。"
    ),
}


def in_chinese(english: str) -> str | None:
    """What a command or an option is for, in Chinese; nothing where nobody wrote it."""
    text = " ".join(english.split())
    return COMMANDS.get(text) or OPTIONS.get(text)
