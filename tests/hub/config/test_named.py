"""Every place of a hub's files where a name stands: a misspelt one is refused, with the nearest that there is."""

import types
import typing
from base64 import b64encode
from collections.abc import Iterator, Mapping

import pytest
from pydantic import BaseModel

import connectors
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.config.settings import Settings
from schemas.nearest import MEANT
from schemas.position import Course, Position
from tests.journeys.commands import run

EXAM = """
[connectors.exams]
adapter = "learning/exam_webhook"
url = "https://exams.example.cn/in"
secret = "file:keys/exams"
exams = { %s = "E-7" }
"""
POST = """
id = "guest"
risk = "low"
name = { zh = "访客", en = "Guest" }
ladder = [{ scope = "supervised", needs = ["entry"] }, { scope = "full", needs = ["entry", "licence", "ways"] }]

[targets.iam]
supervised = ["machine-room"]
full = ["machine-room"]

[return]
after = "180 days"
scope = "supervised"
needs = ["entry"]

[requirement.entry]
kind = "hours"
courses = ["cpe-a"]
at_least_hours = 2
groups = [{ category = "A", at_least = 1 }]
rollover = { category = "A", window = "6 months", max = 1 }

[requirement.online]
kind = "course"
course = "dc-ops-online"

[requirement.licence]
kind = "credential"
credential = "dc-operations:dc-ops-qualification"

[requirement.ways]
kind = "any_of"
of = [["entry"], ["online"], ["own"]]

[credential.own]
issuer = "hub"
valid_for = "12 months"
grant = { needs = ["entry"], over = "ever" }
demands = [{ needs = "entry", over = "cycle", on_shortfall = "note" }]

[credential.trial]
issuer = "hub"
valid_for = "3 months"
grant = { needs = ["entry"], over = "stint" }
provisional_for = "own"
"""

TOML, GUEST = "licet.toml", "positions/guest.toml"
NAMES = [
    # the field, its file, what stands there, the misspelt name instead, what was meant
    ("hub.roster", TOML, 'roster = "roster"', 'roster = "rooster"', "roster"),
    ("hub.protected", TOML, "hr_mail", 'protected = ["iamm/exits"]\nhr_mail', "iam"),
    ("listeners.*.serves", TOML, "[store]", '[listeners.a]\nlisten = "127.0.0.1:0"\nserves = ["lsm"]\n[store]', "lms"),
    ("connectors.*.adapter", TOML, '"access/scim"', '"access/scmi"', "access/scim"),
    ("connectors.*.identifiers", TOML, 'identifiers = "roster"', 'identifiers = "rooster"', "roster"),
    (
        "connectors.*.mappings.read",
        TOML,
        'push"\nzone',
        'push"\nmappings = { read = "attendance/zkteco_psh" }\nzone',
        "attendance/zkteco_push",
    ),
    ("alarms.to", TOML, "[store]", '[alarms]\nto = ["wangg"]\n[operators.wang]\nmail = "w@x.cn"\n[store]', "wang"),
    ("alarms.by", TOML, "[store]", '[alarms]\nby = ["mial"]\n[store]', "mail"),
    ("learning/exam_webhook exams.<key>", TOML, EXAM % "dc-ops-exam", EXAM % "dc-ops-exan", "dc-ops-exam"),
    (
        "access/scim groups.<key>",
        TOML,
        "allow_private_address = true\n",
        'allow_private_address = true\ngroups = { dc-opss = "7" }\n',
        "dc-ops",
    ),
    ("targets.<key>", GUEST, "[targets.iam]", "[targets.iamm]", "iam"),
    ("targets.*.<key>", GUEST, 'full = ["machine-room"]', 'ful = ["machine-room"]', "full"),
    ("return.scope", GUEST, 'scope = "supervised"\nneeds', 'scope = "partial(1)"\nneeds', ""),
    ("return.needs", GUEST, '"supervised"\nneeds = ["entry"]', '"supervised"\nneeds = ["entri"]', "entry"),
    ("requirement.*.courses", GUEST, 'courses = ["cpe-a"]', 'courses = ["cpe-aa"]', "cpe-a"),
    ("requirement.*.groups.category", GUEST, 'category = "A", at', 'category = "AA", at', "A"),
    ("requirement.*.rollover.category", GUEST, 'category = "A", window', 'category = "AA", window', "A"),
    ("requirement.*.course", GUEST, '"dc-ops-online"', '"dc-ops-onlin"', "dc-ops-online"),
    (
        "requirement.*.credential",
        GUEST,
        "dc-operations:dc-ops-q",
        "dc-operation:dc-ops-q",
        "dc-operations:dc-ops-qualification",
    ),
    ("requirement.*.of", GUEST, '["online"]', '["onlin"]', "online"),
    ("credential.*.grant.needs", GUEST, '["entry"], over = "ever"', '["entri"], over = "ever"', "entry"),
    ("credential.*.demands.needs", GUEST, 'demands = [{ needs = "entry"', 'demands = [{ needs = "entri"', "entry"),
    ("credential.*.provisional_for", GUEST, 'provisional_for = "own"', 'provisional_for = "owm"', "own"),
    ("credential.*.renewal_rule", "positions/network-security.toml", 'rule = "cisp"', 'rule = "cisps"', "cisp"),
    ("ladder.needs", GUEST, '"full", needs = ["entry"', '"full", needs = ["entri"', "entry"),
    (
        "ladder.needs.needs",
        GUEST,
        '"full", needs = ["entry"',
        '"full", needs = [{ needs = "entri", over = "ever" }',
        "entry",
    ),
]

FREE = {
    "names of their own": (
        "id name.zh name.en requirement.<key> credential.<key> hub.name listeners.<key> connectors.<key> "
        "operators.<key> connectors.*.settings.<key> requirement.*.name.zh requirement.*.name.en "
        "credential.*.name.zh credential.*.name.en earlier.name.zh earlier.name.en category earlier.category "
        "hazards credential.*.cite.text requirement.*.exam credential.*.issuer credential.*.scheme "
        "ladder.scope"
    ),
    "names of another system, found when it is asked (check --online)": "targets.*.*",
    "of courses that may be gone": "replaces earlier.replaces",
    "of a package, which stands in the store": "packages.rules",
    "lengths, days, zones, kinds of punches": (
        "return.after unknown.grace unknown.settle_after manning.hold shift_ends morning mentor_grace "
        "requirement.*.rollover.window requirement.*.valid_for credential.*.valid_for credential.*.ends_on "
        "credential.*.at_least credential.*.grant.over credential.*.grant.at_most_before "
        "credential.*.demands.over credential.*.demands.cure credential.*.checks.before "
        "credential.*.checks.cure credential.*.restore_within credential.*.deferral.ask_within "
        "credential.*.deferral.at_most credential.*.extend.by credential.*.review_every ladder.needs.over "
        "zone hub.zone connectors.*.every needs_witness earlier.needs_witness"
    ),
    "addresses, files, secrets": (
        "hub.listen hub.public_url hub.trusted_proxies hub.hr_mail hub.fonts store.url keys.secret "
        "keys.module keys.token keys.pin "
        "listeners.*.listen listeners.*.public_url listeners.*.certificate listeners.*.key "
        "listeners.*.client_ca operators.*.mail"
    ),
}
"""Texts that name nothing else in a hub's folder, and why."""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with an exam system and a post that names whatever a post can."""
    path = tmp_path_factory.mktemp("named") / "hub"
    scaffold.write(path, "datacentre")
    (path / "keys" / "exams").write_text(f"whsec_{b64encode(bytes(32)).decode()}")
    with (path / TOML).open("a", encoding="utf-8") as opened:
        opened.write(EXAM % "dc-ops-exam")
    (path / GUEST).write_text(POST, encoding="utf-8")
    read_folder(path)
    return path


@pytest.mark.parametrize(("field", "file", "found", "instead", "meant"), NAMES, ids=[each[0] for each in NAMES])
def test_a_name_that_nothing_has_is_refused_with_the_nearest(home, field, file, found, instead, meant):
    text = (home / file).read_text(encoding="utf-8")
    assert text.count(found) >= 1
    (home / file).write_text(text.replace(found, instead, 1), encoding="utf-8")
    try:
        done = run("check", "-c", str(home), "--lang", "en")
    finally:
        (home / file).write_text(text, encoding="utf-8")
    hint = f"{MEANT} {meant!r}?" if meant else "expected a rung of the ladder"
    assert done.returncode == 1 and hint in done.stdout + done.stderr, done


def texts(model: type[BaseModel], path: tuple[str, ...] = (), above: frozenset[type] = frozenset()) -> Iterator[str]:
    """Every field of a model in which a text can stand, keys of its tables too."""
    for name, field in model.model_fields.items():
        yield from _in(field.annotation, (*path, field.alias or name), above | {model})


def _in(annotation: object, path: tuple[str, ...], above: frozenset[type]) -> Iterator[str]:
    kind, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if kind is typing.Annotated:
        yield from _in(inner[0], path, above)
    elif kind in (dict, Mapping):
        yield from _in(inner[0], (*path, "<key>"), above)
        yield from _in(inner[1], (*path, "*"), above)
    elif kind in (typing.Union, types.UnionType, tuple, list, frozenset):
        for each in inner:
            yield from _in(each, path, above)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from texts(annotation, path, above) if annotation not in above else ()
    elif annotation is str:
        yield ".".join(path)


def test_every_text_of_a_hub_s_files_is_looked_at():
    found = {each for model in (Position, Course, Settings) for each in texts(model)}
    looked_at = {field for field, *_rest in NAMES} | {each for names in FREE.values() for each in names.split()}
    assert found - looked_at == set()


@pytest.mark.parametrize("name", connectors.shipped())
def test_every_setting_of_an_adapter_that_is_about_names_of_positions_is_declared(name):
    spec = connectors.load(name)
    about = {each for each, field in spec.settings.model_fields.items() if "of positions" in (field.description or "")}
    assert about <= {spec.doors, spec.groups, spec.exams}
