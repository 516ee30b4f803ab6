"""What the shipped documents promise beyond their golden cases."""

import json
from datetime import UTC, datetime, timedelta

import pytest

import mappings
from schemas.attendance import Punch
from schemas.credential import CredentialStatus, RenewalDemand
from schemas.learning import CreditedHours, Study
from schemas.transmission import Fault, Ignored, Item, Transmission

ARRIVAL = datetime(2026, 3, 2, tzinfo=UTC)
DEVICE = {"device": "SN1", "zone": "Asia/Shanghai", "dialect": "acc3"}
ZKTECO = mappings.load("attendance/zkteco_push")
AUTHORITY = mappings.load("credential/authority_push")
XAPI = mappings.load("learning/xapi_push")
ROSTER = mappings.load("people/roster_csv")
OPENING = mappings.load("people/opening_csv")


def sent(body, form="", media_type="text/plain", **context):
    body = body if isinstance(body, bytes) else body.encode()
    return Transmission("x", ARRIVAL, media_type, body, form=form, context=context)


def attlog(line, **context):
    return ZKTECO.read(sent(line, "ATTLOG", **DEVICE | context))


def rtlog(line):
    return ZKTECO.read(sent(line, "rtlog", **DEVICE))


def event(**changes):
    data = {
        "credential": {"number": "C-1", "scheme": "lv"},
        "holder": {"ref_type": "pairwise", "ref": "9f2c"},
        "status": "suspended",
        "effective_at": "2026-11-22T00:00:00+08:00",
        "valid_until": "2030-11-21",
    }
    data.update(changes)
    return {"id": "e1", "sequence": "000000000042", "data": data}


def pushed(value):
    body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return AUTHORITY.read(sent(body, "json", "application/json", zone="Asia/Shanghai"))


def test_one_punch_has_one_key_whether_it_came_as_attlog_or_rtlog():
    [one] = attlog("1001\t2026-03-02 08:01:02\t0\t15\n")
    [other] = rtlog("time=2026-03-02 08:01:02\tpin=1001\tevent=0\tinoutstatus=0\tverifytype=15\r\n")
    assert one == other
    assert one.key == "SN1|2026-03-02 08:01:02|granted"


@pytest.mark.parametrize(("text", "taken"), [("1999-12-31 23:59:59", False), ("2000-01-02 00:00:00", True)])
def test_a_punch_of_a_clock_that_was_never_set_waits_for_a_person(text, taken):
    [outcome] = attlog(f"1001\t{text}\t0\t15\t0\t0\t0\t\n")
    assert isinstance(outcome, Item) is taken
    if isinstance(outcome, Fault):
        assert (outcome.code, outcome.found) == ("time.stale", "an instant of 1999")


def test_a_punch_is_in_utc_and_keeps_the_text_of_the_device():
    [item] = attlog("  007\t2026-03-02 08:01:02\t255\t15\t0\t0\t0\t\r\n")
    assert item.records == (
        Punch(
            subject="007",
            device="SN1",
            occurred_at=datetime(2026, 3, 2, 0, 1, 2, tzinfo=UTC),
            occurred_local="2026-03-02 08:01:02",
            direction="unknown",
            verify="face",
            verify_raw="15",
        ),
    )


@pytest.mark.parametrize("granted", [0, 1, 2, 3, 4, 5, 14, 15, 16, 17, 18, 19, 101, 103, 203])
def test_granted_events_are_punches(granted):
    [item] = rtlog(f"time=2026-03-02 08:01:02\tpin=1001\tevent={granted}\tinoutstatus=1\tverifytype=4")
    assert (item.records[0].direction, item.records[0].verify) == ("out", "card")


@pytest.mark.parametrize("refused", [*range(20, 28), 29, 30, *range(31, 37)])
def test_a_refused_person_was_not_there(refused):
    assert rtlog(f"time=2026-03-02 08:01:02\tpin=1001\tevent={refused}") == (Ignored("denied"),)


@pytest.mark.parametrize("door", [*range(6, 14), 28, 37, 102, 200, 201, 202, 204, 205, 206, 220, 221, 255])
def test_doors_are_not_people(door):
    assert rtlog(f"time=2026-03-02 08:01:02\tpin=1001\tevent={door}") == (Ignored("door-event"),)
    assert rtlog("time=2026-03-02 08:01:02\tpin=0\tevent=0\r\ntime=2026-03-02 08:01:02\tsensor=1") == (
        Ignored("door-event"),
        Ignored("door-event"),
    )


def test_an_event_code_nobody_knows_is_kept_for_a_person_to_look_at():
    [fault] = rtlog("time=2026-03-02 08:01:02\tpin=1001\tevent=99\r\n")
    assert (fault.code, fault.where, fault.found) == ("table.unknown", "line 1 event", "'99'")
    assert fault.raw == b"time=2026-03-02 08:01:02\tpin=1001\tevent=99\r"


@pytest.mark.parametrize(
    ("dialect", "code", "verify"),
    [("att2", "4", "card"), ("acc3", "0", "password"), ("legacy", "2", "unknown"), ("legacy", "1", "fingerprint")],
)
def test_a_verify_code_means_what_its_dialect_says(dialect, code, verify):
    [item] = attlog(f"1001\t2026-03-02 08:01:02\t0\t{code}", dialect=dialect)
    assert (item.records[0].verify, item.records[0].verify_raw) == (verify, code)


def test_the_lan_agent_has_its_verify_code_where_others_have_the_state():
    [item] = attlog("TABLE=ATTLOG\n1001\t2026-03-02 08:01:02\t1\t1\t0\t0", dialect="lan-agent")
    assert (item.records[0].direction, item.records[0].verify) == ("in", "fingerprint")


@pytest.mark.parametrize(
    "text", ["2026-03-02 08:01:02", "2026/03/02 08:01:02", "2026-03-02T08:01:02", "20260302080102", "1772409662"]
)
def test_all_five_forms_of_local_time_are_one_instant(text):
    [item] = attlog(f"1001\t{text}\t0\t1")
    assert item.records[0].occurred_at == datetime(2026, 3, 2, 0, 1, 2, tzinfo=UTC)
    assert item.records[0].occurred_local == text


@pytest.mark.parametrize(
    "text",
    [
        "1971--10--29 -23:-27:-54",
        "2026-02-30 08:00:00",
        "2026-03-02 24:00:00",
        "2026-03-02 08:01:60",
        "2026-3-2 8:1:2",
        "２０２６-03-02 08:01:02",
        "2026-W47-7",
        "2026-03-02",
        "x",
    ],
)
def test_a_time_that_cannot_be_read_keeps_its_line(text):
    line = f"1001\t{text}\t0\t1".encode()
    good = b"1002\t2026-03-02 08:00:00\t0\t1"
    first, second = attlog(line + b"\n" + good)
    assert (first.code, first.where, first.raw) == ("time.invalid", "line 1 time", line)
    assert isinstance(second, Item)


@pytest.mark.parametrize("hour", ["2026-03-29 02:30:00", "2026-10-25 02:30:00"])
def test_a_time_that_a_clock_change_skips_or_repeats_is_never_guessed(hour):
    around = datetime.fromisoformat(hour) - timedelta(hours=1)
    body = f"1\t{around}\t0\t1\n1\t{hour}\t0\t1\n1\t{hour}\t0\t1\n1\t{around + timedelta(hours=3)}\t0\t1"
    outcomes = attlog(body, zone="Europe/Berlin")
    assert [getattr(each, "code", "read") for each in outcomes] == ["read", "time.ambiguous", "time.ambiguous", "read"]


def test_a_clock_change_within_an_hour_is_seen_too():
    # Lord Howe goes back half an hour at 02:00, so 01:00 exists once and 01:45 twice.
    outcomes = attlog("1\t2026-04-05 01:00:00\t0\t1\n1\t2026-04-05 01:45:00\t0\t1", zone="Australia/Lord_Howe")
    assert [getattr(each, "code", "read") for each in outcomes] == ["read", "time.ambiguous"]


def test_json_and_xml_of_one_event_are_one_fact():
    whole = event(reason_code="复审逾期", valid_from="2024-11-22", previous_status=None)

    def elements(value):
        return "".join(
            f"<{name}>{elements(inner) if isinstance(inner, dict) else inner or ''}</{name}>"
            for name, inner in value.items()
        )

    for encoding in ("UTF-8", "GBK", "GB18030"):
        xml = f'<?xml version="1.0" encoding="{encoding}"?><h:AuthorityPush xmlns="urn:hub:authority:1" '
        xml += f'xmlns:h="urn:hub:authority:1" Id="x">{elements(whole)}</h:AuthorityPush>'
        read = AUTHORITY.read(sent(xml.encode(encoding), "xml", "application/xml", zone="Asia/Shanghai"))
        assert read == pushed(whole)
    [item] = read
    assert item.records == (
        CredentialStatus(
            subject="9f2c",
            credential="lv",
            number="C-1",
            status="suspended",
            reason="复审逾期",
            sequence=42,
            changed_at=datetime(2026, 11, 21, 16, tzinfo=UTC),
            valid_from=datetime(2024, 11, 21, 16, tzinfo=UTC),
            valid_until=datetime(2030, 11, 21, 16, tzinfo=UTC),  # the day counts in full
        ),
    )


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"number": "x"}, "schema.unknown-field", "/data/number"),  # B013
        ({"valid_untill": "2030-01-01"}, "schema.unknown-field", "/data/valid_untill"),  # B013
        ({"__proto__": {}}, "schema.unknown-field", "/data/__proto__"),  # B014
        ({"holder": {"ref": "9f\u0000"}}, "schema.charset", "/data/holder/ref"),  # B009
        ({"holder": {"ref": "E1001\u200b"}}, "schema.charset", "/data/holder/ref"),  # B020
        ({"holder": {"ref": "E1001\u202e"}}, "schema.charset", "/data/holder/ref"),  # B020
        ({"holder": {"ref": "E1001\u3164"}}, "schema.charset", "/data/holder/ref"),
        ({"holder": {"ref": "E1001\u3000"}}, "schema.charset", "/data/holder/ref"),
        ({"holder": {"ref": 1001}}, "schema.type", "/data/holder/ref"),  # identifiers are text
        ({"holder": {"ref": {"#text": "9f2c"}}}, "schema.type", "/data/holder/ref"),  # that is XML's word
        ({"status": {"#text": "active", "@x": "1"}}, "schema.type", "/data/status"),
        ({"@type": "x"}, "schema.unknown-field", "/data/@type"),  # B014
        ({"$ref": "x"}, "schema.unknown-field", "/data/$ref"),  # B014
        ({"holder": {"ref": "x" * 129}}, "schema.range", "/data/holder/ref"),
        ({"holder": {}}, "schema.missing", "/data/holder/ref"),
        ({"reason_code": "a\0b"}, "schema.charset", "/data/reason_code"),  # B009
        ({"status": "Suspended"}, "schema.range", "/data/status"),
        ({"status": ["active"]}, "schema.type", "/data/status"),
        ({"effective_at": "2026-02-30T08:00:00+08:00"}, "time.invalid", "/data/effective_at"),  # B039
        ({"effective_at": "2026-11-22T08:00:00+23:59"}, "time.offset", "/data/effective_at"),  # B040
        ({"effective_at": "2026-W47-7"}, "time.invalid", "/data/effective_at"),  # B041
        ({"effective_at": "2026-11-22"}, "time.invalid", "/data/effective_at"),  # B041
        ({"effective_at": "2026-11-22T08:00:00"}, "time.invalid", "/data/effective_at"),
        ({"valid_until": "2026-02-30"}, "time.invalid", "/data/valid_until"),
        ({"valid_from": "2031-01-01"}, "meaning.order", "/data/valid_until"),  # B045
    ],
)
def test_each_bad_event_is_a_fault_that_points_at_its_place(changes, code, where):
    [fault] = pushed(event(**changes))
    assert (fault.code, fault.where) == (code, where)


def test_a_batch_keeps_good_and_bad_events_apart():
    good, bad, other = pushed([event(), event(status="?"), 7])
    assert isinstance(good, Item)
    assert (bad.code, bad.where) == ("schema.range", "/1/data/status")
    assert (other.code, other.where) == ("schema.type", "/2")


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "json.syntax"), (b"\xff", "encoding.invalid"), (b'{"id":1,"id":1}', "json.duplicate-key")],
)
def test_a_body_that_cannot_be_read_is_one_fault_about_all_of_it(body, code):
    [fault] = pushed(body)
    assert (fault.code, fault.raw) == (code, b"")


def test_another_root_element_is_a_wrong_namespace():
    body = b'<Other xmlns="urn:hub:authority:1"><id>1</id></Other>'
    [fault] = AUTHORITY.read(sent(body, "xml", "application/xml", zone="Asia/Shanghai"))
    assert fault.code == "schema.namespace"


def test_the_media_type_picks_the_form_where_none_is_named():
    body = json.dumps(event()).encode()
    for media_type in ("application/json", "application/cloudevents+json"):
        assert isinstance(AUTHORITY.read(sent(body, "", media_type, zone="Asia/Shanghai"))[0], Item)
    [fault] = AUTHORITY.read(sent(body, "", "text/plain"))
    assert fault.code == "schema.form"
    [fault] = AUTHORITY.read(sent(body, "yaml", "application/json"))
    assert fault.code == "schema.form"


def statement(verb, **changes):
    return {
        "actor": {"account": {"homePage": "https://lms", "name": "57"}},
        "verb": {"id": verb},
        "object": {"id": "https://lms/c/SAFE-1"},
        "timestamp": "2026-03-02T09:00:00+08:00",
        **changes,
    }


def learned(*statements, prefix="https://lms/c/"):
    body = json.dumps(list(statements)).encode()
    return XAPI.read(sent(body, "json", "application/json", course_prefix=prefix, home_page="https://lms"))


@pytest.mark.parametrize(
    ("verb", "meaning"),
    [
        ("launched", "launched"),
        ("initialized", "opened"),
        ("resumed", "opened"),
        ("attempted", "opened"),
        ("suspended", "closed"),
        ("terminated", "closed"),
        ("exited", "closed"),
        ("completed", "completed"),
        ("asked", "asked"),
        ("answered", "answered"),
        ("progressed", "point"),
    ],
)
def test_a_verb_is_read_by_its_meaning(verb, meaning):
    [item] = learned(statement(f"http://adlnet.gov/expapi/verbs/{verb}"))
    assert item.records == (
        Study(
            subject="57",
            course="SAFE-1",
            meaning=meaning,
            activity="SAFE-1",
            occurred_at=datetime(2026, 3, 2, 1, tzinfo=UTC),
            statement="",
        ),
    )


def test_the_course_is_the_parent_then_the_grouping_then_the_object():
    viewed = "http://id.tincanapi.com/verb/viewed"

    def course(**activities):
        [item] = learned(statement(viewed, context={"contextActivities": activities}))
        return item.records[0].course

    parent, grouping = [{"id": "https://lms/c/P"}], {"id": "https://lms/c/G"}
    assert course(parent=parent, grouping=grouping) == "P"
    assert course(parent=[], grouping=grouping) == "G"
    assert course() == "SAFE-1"


def test_a_statement_without_an_id_is_known_again_whatever_its_registration():
    first = statement("http://adlnet.gov/expapi/verbs/completed", context={"registration": "a"})
    again = statement("http://adlnet.gov/expapi/verbs/completed", context={"registration": "b"})
    later = statement("http://adlnet.gov/expapi/verbs/completed", timestamp="2026-03-02T09:00:01+08:00")
    one, two, three = learned(first, again, later)
    assert one.key == two.key != three.key


ADL = "http://adlnet.gov/expapi/verbs/"
PAGE = {"id": "https://lms/c/SAFE-1/page-3"}
IN_COURSE = {"contextActivities": {"parent": [{"id": "https://lms/c/SAFE-1"}]}}


@pytest.mark.parametrize(
    ("said", "records"),
    [
        ({}, [("completed", "SAFE-1")]),
        ({"result": {"completion": True, "success": True}}, [("completed", "SAFE-1"), ("SAFE-1", True)]),
        ({"result": {"completion": False}}, [("point", "SAFE-1")]),
        ({"result": {"success": False}}, [("point", "SAFE-1"), ("SAFE-1", False)]),
        ({"object": PAGE, "context": IN_COURSE}, [("completed", "SAFE-1/page-3")]),
        (
            {"object": PAGE, "context": IN_COURSE, "result": {"success": False, "completion": True}},
            [("point", "SAFE-1/page-3"), ("SAFE-1/page-3", False)],
        ),
    ],
)
def test_what_is_completed_is_read_from_object_and_result(said, records):
    [item] = learned(statement(ADL + "completed", **said))
    assert [one(each) for each in item.records] == records
    assert {each.course for each in item.records if isinstance(each, Study)} == {"SAFE-1"}


@pytest.mark.parametrize(
    ("verb", "result", "records"),
    [
        (ADL + "passed", {}, [("SAFE-1", True)]),
        (ADL + "failed", {}, [("SAFE-1", False)]),
        (ADL + "failed", {"success": True}, [("SAFE-1", True)]),
        (ADL + "passed", {"completion": True}, [("completed", "SAFE-1"), ("SAFE-1", True)]),
        (ADL + "failed", {"completion": True}, [("SAFE-1", False)]),
        ("https://example.com/mastered", {"success": True}, [("SAFE-1", True)]),
        ("https://example.com/mastered", {"completion": True}, [("completed", "SAFE-1")]),
        (ADL + "progressed", {"completion": True}, [("completed", "SAFE-1")]),
        (ADL + "initialized", {"completion": True}, [("opened", "SAFE-1")]),
        (ADL + "asked", {}, [("asked", "SAFE-1")]),
        (ADL + "answered", {}, [("answered", "SAFE-1")]),
        (ADL + "answered", {"success": True}, [("answered", "SAFE-1")]),
        (ADL + "answered", {"success": True, "completion": True}, [("answered", "SAFE-1")]),
        (ADL + "answered", {"success": False, "completion": True}, [("answered_wrong", "SAFE-1")]),
        ("https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted", {}, [("uncompleted", "SAFE-1")]),
    ],
)
def test_a_verb_alone_decides_nothing_that_its_result_says(verb, result, records):
    [item] = learned(statement(verb, result=result))
    assert [one(each) for each in item.records] == records


def one(record):
    return (record.meaning, record.activity) if isinstance(record, Study) else (record.exam, record.passed)


def test_passed_without_success_contradicts_itself():
    [fault] = learned(statement(ADL + "passed", result={"success": False}))
    assert (fault.code, fault.where) == ("meaning.itself", "/0/result/success")


def test_an_attempt_of_a_quiz_is_that_quiz():
    tries = [{"id": f"https://moodle/mod/quiz/attempt.php?attempt={n}&cmid=34"} for n in (7, 8)]
    other = {"id": "https://moodle/mod/quiz/attempt.php?attempt=9&cmid=35"}
    said = [statement(ADL + "completed", object=each, result={"success": True}) for each in (*tries, other)]
    exams = [item.records[1].exam for item in learned(*said)]
    assert exams == [
        *["https://moodle/mod/quiz/attempt.php?cmid=34"] * 2,
        "https://moodle/mod/quiz/attempt.php?cmid=35",
    ]


def test_of_several_activities_around_it_the_one_that_is_a_course_is_the_course():
    course = {"id": "https://lms/c/SAFE-1", "definition": {"type": "https://w3id.org/xapi/cmi5/activitytype/course"}}
    around = {"parent": [{"id": "https://lms/module-2"}], "grouping": [{"id": "https://lms"}, course]}
    [item] = learned(statement(ADL + "completed", object=PAGE, context={"contextActivities": around}))
    assert (item.records[0].course, item.records[0].activity) == ("SAFE-1", "SAFE-1/page-3")


@pytest.mark.parametrize(
    ("actor", "subject"),
    [
        ({"account": {"homePage": "https://lms", "name": "57"}}, "57"),
        ({"account": {"homePage": "https://lms/", "name": "57"}}, "57"),
        ({"account": {"homePage": "https://other", "name": "57"}}, "https://other|57"),
        ({"account": {"homePage": "https://o|57", "name": "1"}}, "https://o%7C57|1"),
        ({"account": {"homePage": "https://lms", "name": "zhang san"}}, "zhang%20san"),
        ({"mbox": "mailto:a@example.cn"}, "mailto:a@example.cn"),
        ({"mbox_sha1sum": "ab" * 20}, "ab" * 20),
        ({"openid": "https://id.example.cn/57"}, "https://id.example.cn/57"),
    ],
)
def test_a_learner_is_home_page_and_name(actor, subject):
    [item] = learned(statement(ADL + "completed", actor=actor))
    assert item.records[0].subject == subject


def test_a_group_is_nobody_and_what_is_no_activity_is_no_study():
    group = {"objectType": "Group", "account": {"homePage": "https://lms", "name": "57"}}
    agent = {"objectType": "Agent", "mbox": "mailto:a@example.cn"}
    assert learned(statement(ADL + "completed", actor=group)) == (Ignored("group"),)
    assert learned(statement(ADL + "completed", object=agent)) == (Ignored("no-activity"),)


@pytest.mark.parametrize(
    "said",
    [
        {"timestamp": "2026-03-02T09:00:00"},
        {"timestamp": "02.03.2026 09:00"},
        {"Timestamp": "2026-03-02T09:00:00Z"},
        {"timeStamp": "2026-03-02T09:00:00Z"},
    ],
)
def test_an_instant_that_is_stated_and_cannot_be_read_is_a_fault_and_never_now(said):
    stated = {name: value for name, value in statement(ADL + "passed").items() if name != "timestamp"} | said
    [fault] = learned(stated)
    assert (fault.code in ("time.invalid", "schema.unknown-field"), fault.where.startswith("/0/")) == (True, True)


def test_an_unknown_verb_has_no_weight():
    assert learned(statement("https://example.com/liked")) == (Ignored("unknown-verb"),)


OPENED = "employee_no,kind,what,from,until,number,hours,required_hours\n"


@pytest.mark.parametrize("hours", [" 40 ", "4_0", "+40", "040", "４０", "1e2", "true", ".5"])
def test_a_figure_that_is_not_plainly_written_is_refused(hours):
    [fault] = OPENING.read(sent(f"{OPENED}E1,hours,SAFE-1,,,,{hours},40", as_of="2026-03-02T00:00:00Z"))
    assert (fault.code, fault.where) == ("schema.type", "line 2 hours")


def test_hours_become_whole_seconds():
    body = f"{OPENED}E1,hours,SAFE-1,,,,36.5,40\nE1,hours,SAFE-1,,,,-40,40\nE1,hours,SAFE-1,,,,0.0001,40"
    item, negative, crooked = OPENING.read(sent(body, as_of="2026-03-02T00:00:00Z"))
    assert item.records == (
        CreditedHours(
            subject="E1",
            course="SAFE-1",
            credited_seconds=131_400,
            required_seconds=144_000,
            occurred_at=ARRIVAL,
            as_of=ARRIVAL,
        ),
    )
    assert negative.code == crooked.code == "schema.range"


PEOPLE = "employee_no,name,mail,language,position,starts_on,ends_on,leave_from,leave_until,id:lms\n"


def roster(body):
    return ROSTER.read(sent(body, "people", "text/csv", zone="Asia/Shanghai", as_of="2026-03-02T00:00:00Z"))


def test_a_fault_under_a_header_can_be_read_again_once_mended():
    [fault] = roster(PEOPLE + "E1,张三,,,duty,2026-02-30,,,,\n")
    assert fault.where == "line 2 starts_on"
    [item] = roster(fault.raw.replace(b"2026-02-30", b"2026-03-01"))
    assert [type(each).__name__ for each in item.records] == ["Person", "Assignment"]


def test_an_open_quote_spoils_its_own_line_only():
    bad, good = roster(PEOPLE + 'E1,"张三,,,,,,,,\nE2,李四,,,,,,,,\n')
    assert (bad.code, bad.where) == ("text.columns", "line 2")
    assert good.records[0].name == "李四"


def test_a_formula_is_text():
    [item] = roster(PEOPLE + 'E1,"=HYPERLINK(""http://x"")",,,,,,,,\n')
    assert item.records[0].name == '=HYPERLINK("http://x")'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_a_chinese_roster_arrives_whole_in_every_encoding(encoding):
    [item] = roster((PEOPLE + "E1,张三丰,,zh,,,,,,57\r\n").encode(encoding))
    assert item.records[0].name == "张三丰"


@pytest.mark.parametrize("header", ["employee_no,name", PEOPLE.strip() + ",name", ""])
def test_a_header_that_lacks_or_repeats_a_column_holds_the_file_whole(header):
    [fault] = roster(header + "\nE1,张三\n")
    assert (fault.code, fault.raw) == ("text.header", b"")


def test_no_outcome_holds_more_than_a_glimpse_of_a_value():
    [fault] = pushed(event(status="x" * 5000))
    assert isinstance(fault, Fault)
    assert len(fault.found) <= 64


@pytest.mark.parametrize(
    ("block", "quoted"),
    [
        ({"rule_id": "x" * 5000, "demands": "y" * 5000}, {"rule": "x" * 128, "says": "y" * 1000}),
        ({"hours_required": 8, "hours_earned": 2.5, "period_end": "21.11.2027"}, {"hours_required": "8"}),
        ({"rule_id": None, "level": "senior"}, {"rule": ""}),
        ({}, {"says": ""}),
        ("", {"says": ""}),
        (None, {"says": ""}),
    ],
    ids=["too long", "other forms", "other members", "empty", "blank", "null"],
)
def test_a_closing_word_is_taken_however_the_demands_beside_it_are_written(block, quoted):
    """They are quoted as they came, as far as there is room; nothing depends on them."""
    [found] = pushed(event(status="revoked", renewal=block))
    assert isinstance(found, Item), found
    status, *demands = found.records
    assert found.left_out is not None or demands or block is None, "nothing is left out in silence"
    assert isinstance(status, CredentialStatus) and status.status == "revoked"
    for each in demands:
        assert isinstance(each, RenewalDemand)
        assert {name: getattr(each, name) for name in quoted} == quoted
