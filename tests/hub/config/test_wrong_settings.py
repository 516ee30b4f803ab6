"""110 settings that people get wrong: each is told with place, found, expected, what to do and code, zh and en."""

import re

import pytest

import connectors
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.config.settings import Settings
from hub.rules.files.finding import UnreadableFile
from schemas.expected import has_words
from schemas.position import Course, Position
from schemas.words import Words, found_and_should

_AUTHORITY = """
[connectors.authority]
adapter = "credential/authority_push"
source = "urn:authority:x"
zone = "Asia/Shanghai"
%s
"""
_TERMINAL = '\n[connectors.gate]\nadapter = "access/hikvision"\nurl = "%s"\nuser = "licet"\n%s\n'
_LISTENER = '\n[listeners.%s]\nlisten = "%s"\n%s\n'
_OPERATOR = '\n[operators.%s]\nmail = "%s"\n%s\n'

RULES = "positions/dc-operations.toml"
CALENDAR = "calendar/2026.toml"


def saved(file, encoding, before=""):
    """What saves a file anew in another encoding, something in front of it."""

    def change(home):
        text = before + (home / file).read_text(encoding="utf-8")
        (home / file).write_bytes(text.encode(encoding, "replace"))

    return change


def renamed(file, name):
    """What gives a file another name."""
    return lambda home: (home / file).rename((home / file).with_name(name))


def copied(file, other):
    """What writes a file a second time."""
    return lambda home: (home / other).write_bytes((home / file).read_bytes())


# what is changed: (file, text that is there or "" for the end, what stands there instead);
# what is told: (place, setting, found, expected, nearest name)
SETTINGS = [
    # --- licet.toml itself
    (
        "= without a value",
        'name = "datacentre"',
        "name =",
        "licet.toml:6:7",
        "",
        "a value that is none",
        "a number, true",
        "",
    ),
    ("no quotes", '"datacentre"', "datacentre", "licet.toml:6:8", "", "a value that is none", "straight quotes", ""),
    ("open quotes", '"datacentre"', '"datacentre', "licet.toml:6:19", "", "the text of name, whose", 'closing "', ""),
    ("table twice", "[store]", "[hub]", "licet.toml:13:5", "", "a table that stands here twice", "once", ""),
    ("name twice", 'language = "zh"', 'name = "b"', "licet.toml:8:11", "", "a name that stands here twice", "once", ""),
    ("no =", 'language = "zh"', 'language "zh"', "licet.toml:8:10", "", "a name without =", "NAME =", ""),
    (
        "a windows path",
        '"roster"\nzone',
        '"C:\\data"\nzone',
        "licet.toml:20:15",
        "",
        "a backslash",
        "single quotes",
        "",
    ),
    ("Chinese quotes", '"datacentre"', "“datacentre”", "licet.toml:6:8", "", "quotation mark “", 'one: "', ""),
    ("half Chinese", '"datacentre"', '"datacentre”', "licet.toml:6:19", "", "quotation mark ”", 'one: "', ""),
    ("full-width =", "name =", "name ＝", "licet.toml:6:6", "", "mark '＝'", "'='", ""),
    ("full-width [", "[store]", "［store］", "licet.toml:13:1", "", "mark '［'", "'['", ""),
    ("Chinese name", "name =", "名称 =", "licet.toml:6:1", "", "begins no line", "in quotes", ""),
    ("unknown table", "[store]", "[storage]", "licet.toml:13:1", "storage", "an unknown name", "known", "store"),
    ("unknown setting", 'language = "zh"', 'lang = "zh"', "licet.toml:8:1", "hub.lang", "an unknown name", "known", ""),
    # --- [hub]
    ("profile", 'profile = "dev"', 'profile = "prod"', "licet.toml:3:1", "profile", "'prod'", "'dev' or", ""),
    ("name", '"datacentre"', '"数据中心"', "licet.toml:6:1", "hub.name", "'数据中心'", "small letters", ""),
    (
        "zone, misspelt",
        'zone = "Asia/Shanghai"',
        'zone = "Asia/Shangai"',
        "licet.toml:7:1",
        "hub.zone",
        "'Asia/Shangai'",
        "time zone",
        "'Asia/Shanghai'",
    ),
    ("zone", 'zone = "Asia/Shanghai"', 'zone = "Beijing"', "licet.toml:7:1", "hub.zone", "'Beijing'", "Asia/Shang", ""),
    ("language", 'language = "zh"', 'language = "cn"', "licet.toml:8:1", "hub.language", "'cn'", "'zh' or 'en'", ""),
    ("no port", '"127.0.0.1:8710"', '"127.0.0.1"', "licet.toml:9:1", "hub.listen", "'127.0.0.1'", "HOST:PORT", ""),
    ("port", '"127.0.0.1:8710"', '"127.0.0.1:87100"', "licet.toml:9:1", "hub.listen", "'127.0.0.1:87100'", "65535", ""),
    ("port word", '"127.0.0.1:8710"', '"127.0.0.1:http"', "licet.toml:9:1", "hub.listen", ":http'", "HOST:PORT", ""),
    ("a number", '"127.0.0.1:8710"', "8710", "licet.toml:9:1", "hub.listen", "8710", "a text in quotes", ""),
    (
        "open dev",
        '"127.0.0.1:8710"',
        '"0.0.0.0:8710"',
        "licet.toml:9:1",
        "hub.listen",
        "'0.0.0.0:8710'",
        "loopback",
        "",
    ),
    ("roster", 'roster = "roster"', 'roster = "rostr"', "licet.toml:10:1", "hub.roster", "'rostr'", "people", "roster"),
    (
        "roster kind",
        'roster = "roster"',
        'roster = "iam"',
        "licet.toml:10:1",
        "hub.roster",
        "'iam'",
        "brings people",
        "",
    ),
    (
        "proxy",
        "hr_mail",
        'trusted_proxies = ["lb"]\nhr_mail',
        "licet.toml:11",
        "trusted_proxies",
        "'lb'",
        "10.0.0.5",
        "",
    ),
    (
        "seconds",
        "hr_mail",
        "sweep_seconds = 0\nhr_mail",
        "licet.toml:11:1",
        "hub.sweep_seconds",
        "0",
        "more than 0",
        "",
    ),
    (
        "seconds word",
        "hr_mail",
        'sweep_seconds = "5m"\nhr_mail',
        "licet.toml:11:1",
        "sweep_seconds",
        "'5m'",
        "number",
        "",
    ),
    ("most", "hr_mail", "doubt_seconds = 61\nhr_mail", "licet.toml:11:1", "hub.doubt_seconds", "61", "at most 60", ""),
    ("list", "hr_mail", 'protected = "mail"\nhr_mail', "licet.toml:11:1", "hub.protected", "'mail'", "a list", ""),
    ("misspelt", "hr_mail", "hr_mial", "licet.toml:11:1", "hub.hr_mial", "an unknown name", "known", "hr_mail"),
    ("store", "[store]\nurl", "[store]\nuri", "licet.toml:14:1", "store.uri", "an unknown name", "known", "url"),
    (
        "production",
        'profile = "dev"',
        'profile = "production"',
        "licet.toml:5:1",
        "hub.public_url",
        "''",
        "https://",
        "",
    ),
    ("hr", '"hr@example.cn"', '"hr"', "licet.toml:11:1", "hub.hr_mail", "'hr'", "hr@example.cn", ""),
    ("reached", "hr_mail", 'public_url = "hub"\nhr_mail', "licet.toml:11:1", "hub.public_url", "'hub'", "https://", ""),
    ("fonts", "hr_mail", 'fonts = "none"\nhr_mail', "licet.toml:11:1", "hub.fonts", "no folder", "with fonts", ""),
    ("host", '"127.0.0.1:8710"', '"127.0.0.1.5:8710"', "licet.toml:9:1", "hub.listen", "1.5:8710'", "HOST:PORT", ""),
    (
        "kind of store",
        "sqlite:///data",
        "mysql://data",
        "licet.toml:14:1",
        "store.url",
        "mysql://",
        "sqlite:///FILE",
        "",
    ),
    ("sender", '"licet@example.cn"', '"licet"', "licet.toml:", "sender", "'licet'", "an address of mail", ""),
    ("mail host", 'host = "127.0.0.1"', 'host = "smtps://m.cn"', "licet.toml:", "host", "smtps", "a host alone", ""),
    (
        "port in the host",
        'host = "127.0.0.1"',
        'host = "m.cn:587"',
        "licet.toml:",
        "host",
        "'m.cn:587'",
        "a host alone",
        "",
    ),
    ("greeting", 'host = "127', 'helo = "a b"\nhost = "127', "licet.toml:", "helo", "'a b'", "without blanks", ""),
    ("home page", '"https://lms.example.cn"', '"lms"', "licet.toml:", "home_page", "'lms'", "https://lms.", ""),
    # --- instances
    ("no adapter", 'adapter = "access/scim"\n', "", "licet.toml:48:1", "adapter", "nothing", "a value", ""),
    (
        "adapter",
        '"access/scim"',
        '"access/scmi"',
        "licet.toml:49:1",
        "adapter",
        "'access/scmi'",
        "world",
        "access/scim",
    ),
    ("world", '"access/scim"', '"scim"', "licet.toml:49:1", "adapter", "'scim'", "world/system", ""),
    ("every", '"60 seconds"', '"1 minute"', "licet.toml:19:1", "every", "'1 minute'", "number of seconds", ""),
    ("every, bare", '"60 seconds"', "60", "licet.toml:19:1", "every", "60", "in quotes", '"60 seconds"'),
    ("every, minutes", '"60 seconds"', '"5 minutes"', "licet.toml:19:1", "every", "'5 m", "seconds", '"300 seconds"'),
    ("every, zh", '"60 seconds"', '"2小时"', "licet.toml:19:1", "every", "'2小时'", "seconds", '"7200 seconds"'),
    ("every, no time", '"60 seconds"', '"often"', "licet.toml:19:1", "every", "'often'", "seconds", ""),
    (
        "share",
        "[connectors.t",
        "shrink_ratio = 80\n[connectors.t",
        "licet.toml:2",
        "shrink_ratio",
        "80",
        "most 1",
        "0.8",
    ),
    (
        "folder",
        'folder = "roster"\n',
        "",
        "licet.toml:17:1",
        "folder",
        "nothing",
        "a value: Folder with people.csv",
        "",
    ),
    ("setting", "base_url", "base_ur", "licet.toml:51:1", "base_ur", "an unknown name", "known", "base_url"),
    (
        "terminals' zone",
        'push"\nzone = "Asia/S',
        'push"\nzone = "Asia/H',
        "licet.toml:26:1",
        "zone",
        "hanghai",
        "Asia",
        "",
    ),
    (
        "a bool in quotes",
        "= true",
        '= "yes please"',
        "licet.toml:52:1",
        "allow_private_address",
        "'yes please'",
        "true",
        "",
    ),
    ("mail port", "port = 8725", 'port = "smtp"', "licet.toml:57:1", "port", "'smtp'", "a whole number", ""),
    ("security", '"none" # l', '"ssl" # l', "licet.toml:58:1", "security", "'ssl'", "'starttls'", ""),
    (
        "open mail",
        'host = "127.0.0.1"',
        'host = "mail.cn"',
        "licet.toml:54:1",
        "",
        "do not fit together",
        "loopback",
        "",
    ),
    (
        "no encryption",
        "allow_private_address = true\n",
        "",
        "licet.toml:51:1",
        "base_url",
        "not encrypted",
        "https",
        "",
    ),
    ("url", "http://127.0.0.1:8711/v2", "ftp://x/v2", "licet.toml:51:1", "base_url", "ftp://x/v2", "https://host", ""),
    ("url, blank", "127.0.0.1:8711/v2", "127.0.0.1 /v2", "licet.toml:51:1", "base_url", "a space", "https://host", ""),
    (
        "url, bare",
        '"http://127.0.0.1',
        '"iam.cn',
        "licet.toml:51:1",
        "base_url",
        "without https:// before",
        "https://h",
        "",
    ),
    (
        "identifiers",
        'identifiers = "roster"',
        'identifiers = "rooster"',
        "licet.toml:50",
        "identif",
        "'rooster'",
        "",
        "roster",
    ),
    ("a value, no table", "", "\n[connectors]\nx = 1\n", "licet.toml", "", "", "", ""),
    (
        "second at a path",
        "",
        '\n[connectors.west]\nadapter = "attendance/zkteco_push"\nzone = "Asia/Urumqi"\n',
        "licet.toml:61:1",
        "",
        "a second instance",
        "one instance of this adapter",
        "",
    ),
    (
        "mapping world",
        '"access/scim"',
        '"access/scim"\nmappings = { read = "access/x" }',
        "licet.toml:50",
        "mappings.read",
        "'access/x'",
        "none",
        "",
    ),
    (
        "mapping shape",
        'push"\nzone',
        'push"\nmappings = { read = "Zk" }\nzone',
        "licet.toml:26:14",
        "mappings.read",
        "'Zk'",
        "world/name",
        "",
    ),
    # --- secrets
    (
        "in plain text",
        '"file:keys/lms.password"',
        '"hunter2"',
        "licet.toml:32:1",
        "password",
        "plain text",
        "reference",
        "",
    ),
    (
        "a number for a secret",
        '"file:keys/lms.password"',
        "7492",
        "licet.toml:32:1",
        "password",
        "no reference",
        "file:PATH",
        "",
    ),
    (
        "no such file",
        "keys/lms.password",
        "keys/lms.pasword",
        "licet.toml:32:1",
        "password",
        "cannot be read",
        "a file",
        "",
    ),
    (
        "no such variable",
        "file:keys/lms.password",
        "env:LICET_NO",
        "licet.toml:32:1",
        "password",
        "not set",
        "set before",
        "",
    ),
    ("no secret", 'password = "file:keys/lms.password"\n', "", "licet.toml:29:1", "password", "nothing", "a value", ""),
    # --- keys of an authority
    (
        "no source",
        "",
        (_AUTHORITY % "").replace('source = "urn:authority:x"', ""),
        "licet.toml:61:1",
        "source",
        "nothing",
        "a value",
        "",
    ),
    (
        "key file",
        "",
        _AUTHORITY % 'keys = [{ kid = "k", alg = "ed25519", public = "file:keys/no.pem" }]',
        "licet.toml:65:39",
        "keys.0.public",
        "keys/no.pem",
        "a file",
        "",
    ),
    (
        "algorithm",
        "",
        _AUTHORITY % 'keys = [{ kid = "k", alg = "rsa", public = "x" }]',
        "licet.toml:65",
        "keys.0.alg",
        "'rsa'",
        "ed25519",
        "",
    ),
    (
        "no key",
        "",
        _AUTHORITY % 'keys = [{ kid = "k", alg = "ed25519", public = "nothing" }]',
        "licet.toml:65:1",
        "keys",
        "'k'",
        "public key",
        "",
    ),
    # --- listeners, operators, alarms
    (
        "twice listened",
        "",
        _LISTENER % ("a", "127.0.0.1:8711", "") + _LISTENER % ("b", "127.0.0.1:8711", ""),
        "licet.toml:66:1",
        "listen",
        "[listeners.a] listens",
        "of its own",
        "",
    ),
    (
        "serves",
        "",
        _LISTENER % ("a", "127.0.0.1:8711", 'serves = ["terminal", "lms", "api"]'),
        "licet.toml:63:1",
        "serves",
        "'terminal'",
        "terminals",
        "terminals",
    ),
    (
        "served nowhere",
        "",
        _LISTENER % ("a", "127.0.0.1:8711", 'serves = ["terminals", "api"]'),
        "licet.toml:61:1",
        "listeners",
        "lms, served nowhere",
        "serves",
        "",
    ),
    (
        "half of TLS",
        "",
        _LISTENER % ("a", "127.0.0.1:8711", 'certificate = "c.pem"'),
        "licet.toml:63:1",
        "certificate",
        "one of",
        "certificate and key",
        "",
    ),
    (
        "no TLS file",
        "",
        _LISTENER % ("a", "127.0.0.1:8711", 'certificate = "c.pem"\nkey = "k.pem"'),
        "licet.toml:63:1",
        "certificate",
        "no file c.pem",
        "PEM",
        "",
    ),
    (
        "authorities alone",
        "",
        _LISTENER % ("a", "127.0.0.1:8711", 'client_ca = "c.pem"'),
        "licet.toml:63:1",
        "client_ca",
        "without a certificate",
        "key",
        "",
    ),
    (
        "operator's mail",
        "",
        _OPERATOR % ("wang", "wang", ""),
        "licet.toml:62:1",
        "mail",
        "'wang'",
        "ops@example.cn",
        "",
    ),
    (
        "operator's language",
        "",
        _OPERATOR % ("wang", "w@x.cn", 'language = "cn"'),
        "licet.toml:63:1",
        "language",
        "'cn'",
        "'zh'",
        "",
    ),
    (
        "told",
        "",
        _OPERATOR % ("wang", "w@x.cn", '[alarms]\nto = ["wangg"]'),
        "licet.toml:64:1",
        "alarms.to",
        "'wangg'",
        "wang",
        "wang",
    ),
    (
        "told by",
        "",
        _OPERATOR % ("wang", "w@x.cn", '[alarms]\nby = ["mails"]'),
        "licet.toml:64:1",
        "alarms.by",
        "'mails'",
        "mail",
        "mail",
    ),
    # --- positions, courses, calendar
    (
        "course",
        "dc-operations: dc-annual",
        "dc-anual",
        "positions/dc-operations.toml",
        "courses",
        "'dc-anual'",
        "courses.toml",
        "dc-annual",
    ),
    (
        "sink",
        "dc-operations: [targets.iam]",
        "[targets.iamm]",
        "positions/dc-operations.toml",
        "targets.iamm",
        "'iamm'",
        "iam",
        "iam",
    ),
    (
        "system",
        'dc-operations: issuer = "authority"',
        'issuer = "qms:rostr"',
        "positions/dc-operations.toml",
        "issuer",
        "'qms:rostr'",
        "qms:roster",
        "roster",
    ),
    (
        "scope",
        'dc-operations: scope = "supervised"',
        'scope = "supervisd"',
        "positions/dc-operations.toml",
        "scope",
        "'supervisd'",
        "none, supervised",
        "",
    ),
    (
        "length",
        'dc-operations: valid_for = "12 months"',
        'valid_for = "1y"',
        "positions/dc-operations.toml",
        "valid_for",
        "'1y'",
        "3 months",
        "",
    ),
    (
        "calendar",
        "calendar/2026: holidays = [",
        "holidays = [2025-01-01, ",
        "calendar/2026.toml:",
        "holidays",
        "2025-01-01",
        "days of 2026",
        "",
    ),
    ("no such day", "calendar/2026: [", "[2026-02-30, ", "calendar/2026.toml:3:13", "", "2026-02-30", "2026-02-28", ""),
    ("no such month", "calendar/2026: [", "[2026-13-01, ", "calendar/2026.toml:3:13", "", "2026-13-01", "01 to 12", ""),
    ("no such hour", "calendar/2026: [", "[2026-01-01T25:00:00, ", CALENDAR, "", "T25:00:00, which", "23:59:59", ""),
    (
        "a day in quotes",
        "calendar/2026: [",
        '["2026-02-30", ',
        CALENDAR,
        "holidays.0",
        "'2026-02-30'",
        "a day such",
        "",
    ),
    ("full-width comma", "calendar/2026: , ", "，", "calendar/2026.toml:4:13", "", "mark '，'", "','", ""),
    ("no comma", "calendar/2026: , ", " ", "calendar/2026.toml:4", "", "lacks a comma", "commas between", ""),
    (
        "calendar's name",
        renamed("calendar/2026.toml", "2026年.toml"),
        "",
        "calendar/2026年",
        "",
        "'2026年'",
        "2026.toml",
        "",
    ),
    (
        "rate",
        "dc-operations: at_least_rate = 0.8",
        "at_least_rate = 80",
        RULES,
        "at_least_rate",
        "80",
        "at most 1",
        "0.8",
    ),
    ("percent", "dc-operations: rate = 0.8", 'rate = "80%"', RULES, "at_least_rate", "'80%'", "a number", "0.8"),
    (
        "a second of that id",
        copied(RULES, "positions/z.toml"),
        "",
        "positions/z.toml:",
        "id",
        f"as in {RULES}",
        "DAY",
        "",
    ),
    # --- how files are saved
    ("rules in GBK", saved(RULES, "gb18030"), "", f"{RULES}:3:16", "", "GBK", "UTF-8", ""),
    ("rules in UTF-16", saved(RULES, "utf-16"), "", f"{RULES}:1:1", "", "UTF-16", "UTF-8", ""),
    ("settings in GBK", saved("licet.toml", "gb18030", "# 数据中心\n"), "", "licet.toml:1:3", "", "GBK", "UTF-8", ""),
    (
        "no encoding",
        saved("courses.toml", "latin-1", "# \xff\xff\n"),
        "",
        "courses.toml:1:3",
        "",
        "no UTF-8",
        "UTF-8",
        "",
    ),
    (
        "calendar in GBK",
        saved("calendar/2026.toml", "gb18030", "# 节\n"),
        "",
        "calendar/2026.toml:1:3",
        "",
        "GBK",
        "UTF",
        "",
    ),
    ("no courses", renamed("courses.toml", "course.toml"), "", "courses.toml", "", "no such file", "an empty file", ""),
]


def test_there_are_a_hundred_and_ten():
    assert len(SETTINGS) == 110 and len({each[0] for each in SETTINGS}) == 110


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The texts of a folder in which nothing is wrong."""
    home = tmp_path_factory.mktemp("whole") / "hub"
    scaffold.write(home, "datacentre")
    read_folder(home)
    return home


def changed(home, found, instead):
    """See that one thing of the folder is changed: a text of a file, or what a function does to it."""
    if callable(found):
        return found(home)
    name, _, rest = found.partition(": ")
    file = {"dc-operations": RULES, "calendar/2026": "calendar/2026.toml"}.get(name)
    path, old = (home / file, rest) if file else (home / "licet.toml", found)
    before = path.read_text(encoding="utf-8")
    assert old in before, f"{path.name} does not say {old!r}"
    path.write_text(before.replace(old, instead, 1) if old else before + instead, encoding="utf-8")


def refused(whole, *changes):
    """What is found in the folder with some things wrong; then it is as it was."""
    before = {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()}
    try:
        for found, instead in changes:
            changed(whole, found, instead)
        with pytest.raises(UnreadableFile) as error:
            read_folder(whole)
    finally:
        for path in {*whole.rglob("*")} - before.keys():
            if path.is_file():
                path.unlink()
        for path, content in before.items():
            path.write_bytes(content)
    return error.value


@pytest.fixture
def told(whole, request):
    """What is found in the folder with one setting wrong."""
    _name, found, instead, *_ = request.param
    return refused(whole, (found, instead))


CASES = pytest.mark.parametrize(
    ("told", "case"), [pytest.param(each, each, id=each[0]) for each in SETTINGS], indirect=["told"]
)
_LIBRARY = re.compile(
    r"Input should|should match pattern|Value error|valid (integer|string|number|list)|at line \d|ValidationError"
    r"|Extra inputs|Field required|Errno|\^\["
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@CASES
def test_each_is_told_where_it_is_and_what_was_expected(told, case):
    _name, _found, _instead, place, setting, found, expected, nearest = case
    fitting = [
        each
        for each in told.findings
        if each.place.startswith(place)
        and setting in each.setting
        and found in each.found
        and expected in each.expected
        and nearest in each.hint
    ]
    assert fitting, told.told("en")


@CASES
def test_each_has_all_its_parts_in_both_languages(told, case):
    for each in told.findings:
        assert each.line and each.column, each
        for language in ("en", "zh"):
            parts = each.parts(language)
            assert all(parts[part] for part in ("file", "found", "expected", "cure", "code")), parts
            line = each.told(language)
            assert not _LIBRARY.search(line), line
            assert "hunter2" not in line and "7492" not in line
        chinese = each.told("zh")
        assert found_and_should(each.found, each.expected) in chinese and "处理：" in chinese
        assert re.search("(现为|没有|缺少|未填写|未知|无法).*(，应|处理：)", chinese), chinese
        assert not re.search(r"\b(found|expected|did you mean|To do)\b", chinese), chinese
        if isinstance(each.expected, Words) and re.search(r"[a-z]{4,} [a-z]{2,} ", each.expected):
            assert _CHINESE.search(each.expected.zh), chinese


def shapes(schema):
    """Every shape that a model demands of a text."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        schema = list(schema.values())
    for each in schema if isinstance(schema, list | tuple) else ():
        yield from shapes(each)


@pytest.mark.parametrize("name", ["licet.toml", "position", "course", *connectors.shipped()])
def test_every_shape_of_a_text_is_said_in_words(name):
    models = {"licet.toml": Settings, "position": Position, "course": Course}
    model = models.get(name) or connectors.load(name).settings
    assert [each for each in shapes(model.__pydantic_core_schema__) if not has_words(each)] == []


def test_all_that_is_wrong_in_all_files_is_told_at_once(whole):
    found = refused(
        whole,
        ('language = "zh"', 'language = "cn"'),
        ("port = 8725", 'port = "x"'),
        ("calendar/2026: holidays = [", "holidays = [2025-01-01, "),
        (renamed("courses.toml", "course.toml"), ""),
        (saved(RULES, "gb18030"), ""),
    ).findings
    files = {each.file for each in found}
    assert files == {"licet.toml", RULES, "calendar/2026.toml", "courses.toml"}
    assert {each.setting for each in found if each.file == "licet.toml"} == {"hub.language", "port"}


def test_a_file_that_a_chinese_editor_begins_with_a_mark_is_read(whole):
    for file in ("licet.toml", RULES, "courses.toml", "calendar/2026.toml"):
        path = whole / file
        before = path.read_bytes()
        path.write_bytes(b"\xef\xbb\xbf" + before)
        try:
            assert read_folder(whole).positions
        finally:
            path.write_bytes(before)
