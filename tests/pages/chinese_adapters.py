"""What every adapter is, in Chinese, as its module says it in English."""

from collections.abc import Mapping

# ruff: noqa: E501 - a paragraph is a line
ABOUT: Mapping[str, str] = {
    "people/roster_csv": """人力资源部门导出到一个目录的两个 CSV 文件：名册与培训计划。

Wire: `people.csv`（每人每岗位一行）与 `plan.csv`（每场次每人一行，可以没有）。须有表头，用规定名称或中文均可，表头之上可有标题；以逗号、分号或制表符分隔；UTF-8（有无 BOM 均可）、GB18030 或带 BOM 的 UTF-16。也可为 `people.xlsx` 与 `plan.xlsx` 的首个工作表。写入时先写 `x.csv.part` 再改名。`share` 为工作时间百分比；`sponsor` 为顶岗、借调、外包人员责任人的工号，该行须填 `ends_on`。`leaves_on` 为最后工作日，填在该人员任意一行即可：次日起不再担任任何岗位；各行均删去即视为撤回。场次的 `breaks` 为时间确定的休息，如 `12:00-13:00`，以分号分隔；`break_minutes` 为休息总时长，时间不确定的部分由最长的离开抵扣。
Trust: 由目录的写入权限决定。
Repeats: 每次读取整个文件；只有新增、变更或减少的人员与场次才继续处理。从名册消失的人员列入摘要，但不视为离职，其岗位不因此终止；就其现有及将任岗位形成待办事项，如其为他人的责任人，所负责人员亦同。仍在册人员的岗位行消失的，岗位同样不因此终止，形成待办事项。仍在册人员消失的请假视为撤回，从仍存在的场次中消失的人员同理。行数骤减或缺列的文件整体暂存，另一个文件照常读取。
Source: 本系统的约定。""",
    "attendance/zkteco_push": """中控终端通过 HTTP 推送（PUSH / ADMS，路径 `/iclock/`）的打卡记录，以及 3.x 门禁终端的门。

Wire: 终端为 HTTP 客户端：握手、上传文本行、轮询命令；应答为纯文本。
Trust: 请求中的序列号任何人都可以声称，因此每台须经运维人员批准；可另设通信密钥。
Repeats: 未收到行数应答之前会重复上传；以内容摘要识别。
Doors: `userauthorize` 的行，只按 `Pin` 写入和删除，删除之前与变更之后均计数核实。PIN 为该实例的标识。一台终端为一个权限组，包含岗位可在该处开启的全部门。
Source: PUSH 考勤 2.x 与安防 3.x，以实测终端为准；各种协议类型有差异。""",
    "learning/exam_webhook": """以签名消息（Standard Webhooks）告知考试系统谁可参加哪场考核、谁不再可以。

Wire: POST JSON：`{"type": "exam.registered" | "exam.withdrawn", "data": {"registration", "sequence", "learner", "exam", "credential", "position", "since"}}`；同一消息的字节与 `webhook-id` 不变。
Trust: 以双方共有的密钥对标识、发送时间与报文作 HMAC-SHA256；除本机外使用 TLS。
Repeats: 以同一标识重复发送，直至 2xx 应答。接收方忽略 `sequence` 低于该 `registration` 已收到最大值的消息。
Source: Standard Webhooks 1.0.0。""",
    "learning/xapi_push": """学习平台推送的 xAPI 1.0.3 语句。

Wire: 向 `/xapi/statements` POST（一条或列表）与 PUT；JSON；请求头 X-Experience-API-Version。人脸检测结果：动词 `interacted`，在 `result.extensions` 中以 `urn:licet:xapi:face` 给出 `face`（本人）、`no_face`（无人脸）或 `not_self`（非本人）；后两者以 `urn:licet:xapi:until` 给出截止时刻。
Trust: TLS 之上的 HTTP Basic，每个平台一个账号。
Repeats: 直至收到 200；语句以其 id 识别，没有 id 的以内容指纹识别。整批接收或整批不接收；发送方只在 400 时拆分，因此有误的内容一律返回 400。
Source: xAPI 1.0.3，Data（2.2 至 2.4、4）与 Communication（2.1、3.3）。""",
    "credential/authority_push": """资质认证机构以 CloudEvents（JSON 或 XML）推送的证书状态。

Wire: POST 到 `/in/NAME`；单个事件，或 JSON 中最多 100 个事件的列表；最大 256 KiB。
Trust: 按双方约定的唯一方式，报文不能自行选择：对方法、地址、内容类型与报文摘要的 HTTP 消息签名；或先签名再加密给平台（JWE 中的 JWS，或 XML）。
Repeats: 直至 2xx 应答；单个事件以 CloudEvents `id` 识别，列表以摘要识别。
Source: CloudEvents 1.0.2、RFC 9421、RFC 9530、RFC 7515、RFC 7516、RFC 9457。""",
    "credential/soap_authority": """通过 SOAP 逐一查询证书状态的资质认证机构。

Wire: POST WSDL 中的一个操作，WSDL 的副本存放于配置目录并登记摘要；每次查询一本证书。
Trust: TLS；请求以 X.509 签名（Body 与 Timestamp）或使用 UsernameToken；应答以同样方式签名，只读取已签名的内容。属于其他证书的应答不采用。
Repeats: 每轮查询平台已知的全部证书，从上次停止处继续；与上次相同的应答不再处理。未能查询到的保持原状，产生告警并再次查询。
Source: SOAP 1.1、SOAP 1.2、WSDL 1.1（W3C）；WS-Security 1.1（OASIS）。设置步骤见 SOAP 页面。""",
    "credential/badges": """持有人提交的可验证凭证与 Open Badges，及其在颁发方处的状态。

Wire: 一个目录，每个文件为一份已签名凭证（紧凑 JWS：VC 2.0、带 `vc` 的 VC 1.1、Open Badges 3.0 与 2.0）或托管徽章（JSON，Open Badges 2.0）；以 GET 取得状态列表、吊销列表与托管徽章，每轮各取一次。
Trust: 颁发方、公钥与地址须登记；凭证中出示或指向的公钥不作为依据。列表须由同一颁发方签名，地址与用途相符，日期不早于上次所得，且在有效期内。托管徽章以其地址上的内容为准，手中副本不作为依据。
Repeats: 每轮查看全部凭证，只处理变化。无法确认的保持原状，产生告警并再次查看；已知的到期日照常关闭权限。
Source: W3C Verifiable Credentials 1.1 与 2.0、VC-JOSE-COSE、Bitstring Status List 1.0；1EdTech Open Badges 2.0 与 3.0。""",
    "credential/figures_asked": """本单位的资质管理系统查询某一人员在若干天内的数据。

Wire: POST 到 `/ask/NAME`，JSON 或 XML（根元素 `FiguresQuestion`）：`id`、`person`、`from` 与 `to`（日期）、`reason`，以及可选的 `asOf`（时刻）与 `courses`；最大 16 KiB。答复与查询使用同一格式。
Trust: 双向采用同一约定方式：HTTP 消息签名（RFC 9421，tag `figures-question` 与 `figures-answer`），或 JWE 内含 JWS（同名类型），或签名并加密的 XML。答复由平台密钥签名，并带有查询的编号与所发送内容的摘要。
Repeats: 一个编号只答复一次；无论何人以同一编号再次查询均拒绝。
Source: RFC 9421、RFC 9530、RFC 7515 与 RFC 7516、XML Signature 与 XML Encryption 1.1、RFC 9457。""",
    "credential/qualification_system": """由映射文档告知本单位的资质管理系统：谁参加了哪些培训、多少学时。

Wire: 一种操作 `tell`，含方法、路径、参数与报文；报文（JSON 或 XML）由映射文档根据 `door.Asked` 写出：`person`、`target`（对端课程）、`course_zh`、`course_en`、`from_on`、`until_on`、`hours`、`required_hours`、`rate` 及以秒表示的同样数值、`key`、`sequence`、`since`。形式 `answer` 读取结果，以及回执对应的消息（`key`）。
Trust: TLS 与登录；并按 `profile` 使用 Standard Webhooks，或以平台密钥作 HTTP 消息签名（RFC 9421）。
Repeats: 直至收到该消息的回执；同一消息使用同一 `key` 与 `Idempotency-Key`。接收方忽略 `sequence` 低于该 `id`（`key` 中 `/` 之前的部分）已收到最大值的消息。
Source: 人事与资质系统的公开接口：200 加代码、按编号引用的人员。

以 200 返回失败代码的登录、其他消息的回执、没有回执的应答均分别识别，不视为回执。""",
    "access/hikvision": """海康威视门禁终端（ISAPI）的门：终端上已登记的人员可开哪些门、到何时。

Wire: `/ISAPI/AccessControl/UserInfo` 下的 JSON：Search 读取，Modify（设备拒绝时用 SetUp）写入一人。一台终端为一个实例，权限组对应其中的门。
Trust: HTTP Digest；TLS 或专用网络。
Repeats: 权限为状态。关闭时有效期（`Valid`）也一并止于过去，因为 `enable: false` 表示永久有效。
Source: ISAPI，以实测设备为准：返回页小于所请求的、单条列表写成对象、忽略过滤条件。

设置 `lease_hours` 后，已开通的权限到时由终端自行终止；平台自期限过半起续期。平台停用超过该期限时，终端不再放行；冻结期间以及改回观察的岗位同样如此。终端上由人工设定的截止时间一律不改。

不触及人脸、卡、姓名与其他人员；不新建、不删除人员。""",
    "access/ldap": """LDAP 目录（OpenLDAP、Active Directory）：组成员即权限。

Wire: search、compare、modify；每次一人一组。人员以 `entryUUID` 或 `objectGUID` 确定，不以移动后会变的名称确定。
Trust: TLS（ldaps 或 StartTLS）与简单绑定；明文仅限本机。
Repeats: 成员关系为状态；已存在的添加与不存在的移除由结果码识别。
Source: RFC 4511 第 4 节、RFC 4530、MS-ADTS 3.1.1.3.1.3.3 与 3.1.1.3.4.4.3、MS-SAMR 3.1.1.8.2、RFC 2696。

只有同一查询此时能找到他人，“查无此人”才成立；只有同一读取方式曾在该组中显示过成员，“不在其中”才成立。Active Directory 中，组内子组的成员与以该组为主要组的账号（`member` 不显示）也在其中，含 Authenticated Users 的组则人人在其中，须由人移出（`sink.indirect`）。不触及账号、其他成员、整个组与主要组。""",
    "access/scim": """使用 SCIM 2.0 的权限系统：角色组成员即权限。

Wire: GET，以及组的 PATCH（配置规定时用 PUT），`application/scim+json`；每次一人一组。
Trust: TLS，以及 Bearer 令牌、OAuth 2 客户端凭据、口令，或服务器自定义的请求头。
Repeats: 成员关系为状态；每次变更带 `Idempotency-Key`，并按编号回读。
Source: RFC 7643、RFC 7644（3.4 读取、3.5.2 PATCH、3.14 版本）。

各服务器的差异由 *profile* 描述：`rfc`、`entra`、`keycloak`、`aws`、`aliyun`、`canaille`，或配置目录中的文件。只有同一读取方式曾在该组及其每个子组中显示过已知人员，并读到末尾，“不在其中”才成立；凭子组在其中的，须由人移出（`sink.indirect`）。Keycloak 不列出子组，不能证明“不在其中”；确无子组的，在自有配置中设 `inner_groups = "none"`。不触及账号（`active`）与其他成员。""",
    "access/shared_signals": """Shared Signals 接收方（OpenID SSF 1.0、CAEP 1.0）：告知某人的权限已撤销或重新授予。

Wire: 每个事件 POST 一个签名令牌（SET，RFC 8935）：撤销为 `credential-change`（revoke）与 `session-revoked`，使用同一 `txn`；授予为 `credential-change`（update）。平台在 `/.well-known/ssf-configuration` 与 `/ssf/jwks.json` 向任何人应答。
Trust: RS256；接收方由 `jwks_uri` 取得公钥。接收方可要求 Authorization 请求头。
Repeats: 以同一 `jti` 重复发送，直至 202；`jti` 即该变更。
Source: SSF 1.0、CAEP 1.0、RFC 8417、RFC 8935、RFC 9493。

一个实例即与接收方约定的一个事件流，不通过接口建立。接收方只表示收到令牌，不表示已执行：最多为“已受理”。""",
    "access/webhook": """其他权限系统：每次变更以签名消息（Standard Webhooks）推送。

Wire: POST JSON：`{"type": "access.granted" | "access.revoked", "data": {"person", "target", "wanted", "epoch", "key"}}`；同一变更的字节与 `webhook-id` 不变。`probe` 为单独的试连消息。
Trust: 以双方共有的密钥对标识、发送时间与报文作 HMAC-SHA256；除本机外使用 TLS。
Repeats: 以同一标识重复发送，直至 2xx。接收方忽略 `epoch` 低于该人员已收到最大值的消息。
Source: Standard Webhooks 1.0.0。

无法回读：最多为“已受理”，不会“已核实”。""",
    "notification/smtp": """SMTP 邮件：每个收件人、每条消息一封。

Wire: SMTP 与 EHLO；STARTTLS（RFC 3207）或全程 TLS；明文仅限本机。
Trust: 服务器证书；设有用户名时登录（RFC 4954），且必须在 TLS 之上。
Repeats: `Message-ID` 由消息键生成，邮箱可据此识别重复；SMTP 本身不能。
Source: RFC 5321 4.2、4.5.3.2、6.1；RFC 3463。""",
    "generic/file_drop": """合作方投递文件的目录：由配置目录中的映射文档读取。

Wire: XML、JSON、NDJSON、CSV 及其他文本，以及工作簿（XLSX：一个工作表，按 CSV 读取），各在自己的目录中。文本为 UTF-8、GB18030 或（XML 除外）UTF-16。文件名可含空格与中文（UTF-8 或 GB18030）。
Trust: 由目录的写入权限决定。链接、设备、管道一律拒绝，过大的（含解压后）也拒绝。
Repeats: 文件写完后读取一次：以大小、日期、编号与摘要识别。相同内容换名视为重复；重新写入的重新读取。被拒绝的文件告警一次，留在原处，或连同原因移入 `refused`。目录不存在不等于目录为空。
Source: 不能主动联网的合作方的通常做法：文件夹、标记文件或改名。""",
    "generic/rest_door": """没有专用连接器的权限系统：按设置与映射文档查询和变更。

Wire: 四种操作，各有方法、路径、参数与报文：`find`（按标识查账号）、`members`（权限组成员）、`grant` 与 `revoke`。映射文档读取应答：形式 `answer`（按对端代码判断结果）、`accounts`、`members`，并写出报文。
Trust: TLS，以及 Bearer 令牌、OAuth 2 客户端凭据、口令，或自定义请求头。
Repeats: 成员关系为状态；每次变更带 `Idempotency-Key`，并回读。
Source: 身份与权限系统的公开接口：200 加代码、带总数的分页、按编号引用的组。

列表读至总数，或读至没有新人员的一页才算完整；同一应答中显示了已知人员，未显示的才视为已关闭。不触及账号、其他成员与权限组本身。""",
    "generic/rest_pull": """可通过 HTTP 查询的系统：按设置查询，由配置目录中的映射文档读取。

Wire: 对一个 URL 的 GET，或带 JSON、表单的 POST；JSON、XML 或文本。分页可用页号、偏移、游标、应答中的 URL 或 Link 响应头；时间窗口逐步推进；无分页时可用 ETag。
Trust: TLS，以及令牌（固定、文件、登录换取、OAuth 2 客户端凭据；在请求头或 URL 中）、口令（Basic、Digest），或厂商自定义签名。不跟随重定向，不访问其他服务器的页。
Repeats: 每页在入库之前反复查询，重新启动后亦然。与上一轮相同的页不再处理。窗口的全部页入库后，完整时点才推进；互相矛盾的页（重复出现、少于总数）不推进，重新开始本轮并告警。
Source: RFC 9110、RFC 8288、RFC 6749 4.4、RFC 6750、RFC 7616、RFC 7617。""",
    "generic/rest_push": """没有专用连接器的考试与学习系统：由映射文档告知谁可参加哪场考核、谁须参加哪门课程。

Wire: 考核为 `admit` 与 `withdraw` 两种操作，课程为 `enrol` 与 `unenrol`，也可四种都有；各有方法、路径、参数与报文；报文由映射文档根据 `door.Asked` 写出：`person`（学员）、`target`（对端考核或课程）、`key`、`credential`（考核）、`position`、`since`。形式 `answer` 读取结果；没有时以 HTTP 状态码为准。
Trust: TLS，以及令牌、登录换取令牌、OAuth 2、Basic、Digest，或厂商自定义签名。
Repeats: 直至应答为 `done` 或表示已是如此；同一消息使用同一 `Idempotency-Key`。
Source: 考试与学习系统的公开接口：200 加代码、按编号引用的考生。

对端受理即视为完成，不回读。`licet exams list` 与 `licet people courses` 显示已告知的内容。""",
    "generic/soap_pull": """可通过 SOAP 查询的系统：按设置查询，由配置目录中的映射文档读取。

Wire: POST WSDL 中的一个操作，WSDL 的副本存放于配置目录并登记摘要（SOAP 1.1 或 1.2，document 或 rpc，literal）；分页可用页号、偏移或游标；时间窗口逐步推进。应答为内含 JSON 或 XML 的文本时，读取该文本。不支持附件。
Trust: TLS，以及 Basic、令牌、UsernameToken 或对 Body 与 Timestamp 的 X.509 签名；登记了对端证书的，应答须以同样方式签名，且只读取已签名的内容。
Repeats: 与通过 REST 查询的系统相同：每页在入库之前反复查询，整个窗口入库后完整时点才推进。
Source: SOAP 1.1、SOAP 1.2、WSDL 1.1（W3C）；WS-Security 1.1（OASIS）。""",
    "generic/webhook": """任意可推送消息的系统：由配置目录中的映射文档读取，由设置区分。

Wire: POST 到 `/in/NAME`；映射文档可读取的任何文本（JSON、XML、表单、分列文本）；最大 4 MiB。
Trust: 请求头中的令牌、HTTP Basic，或带密钥的 Standard Webhooks，由实例设置决定。
Repeats: 直至 2xx 应答；请求头带有发送方标识的以其识别，否则以报文及映射文档所读请求头、参数的摘要识别。
Source: RFC 6750、RFC 7617、Standard Webhooks 1.0.0、RFC 9457。""",
}
