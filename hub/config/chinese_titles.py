"""What adapters are called in Chinese, by their names."""

from collections.abc import Mapping

TITLES: Mapping[str, str] = {
    "people/roster_csv": "名册与培训计划（CSV）",
    "attendance/zkteco_push": "中控（ZKTeco）终端，PUSH / ADMS 协议",
    "learning/exam_webhook": "考试系统，以签名消息登记（Standard Webhooks）",
    "learning/xapi_push": "学习平台，xAPI 1.0.3 语句",
    "credential/authority_push": "资质认证机构，签名的状态推送",
    "credential/badges": "某一颁发方的可验证凭证与徽章，按其所述状态核实",
    "credential/soap_authority": "资质认证机构，通过 SOAP 逐证查询",
    "credential/figures_asked": "本单位资质管理系统，查询某一人员的数据",
    "credential/qualification_system": "本单位资质管理系统，由映射文档告知学时与出勤率",
    "access/hikvision": "海康威视门禁终端（ISAPI）",
    "access/ldap": "LDAP 目录（OpenLDAP、Active Directory）",
    "access/scim": "SCIM 2.0 权限系统",
    "access/shared_signals": "Shared Signals 接收方（SSF 1.0、CAEP）",
    "access/webhook": "签名消息（Standard Webhooks）",
    "notification/smtp": "SMTP 邮件",
    "generic/file_drop": "文件夹，由映射文档读取",
    "generic/rest_door": "任意权限系统，由映射文档接入",
    "generic/rest_pull": "任意可通过 HTTP 查询的系统，由映射文档接入",
    "generic/rest_push": "任意考试或学习系统，由映射文档登记考核与课程",
    "generic/soap_pull": "任意可通过 SOAP 查询的系统，由映射文档接入",
    "generic/webhook": "任意可推送消息的系统，由映射文档接入",
}
