"""How the hub is asked, in both ways: by a task and by a trigger. What goes over the wire is looked at there."""

import asyncio
import json
import logging
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from airflow.providers.licet.answers import HubError
from airflow.providers.licet.hook import LicetAsyncHook, LicetHook, reach
from airflow.sdk import Connection
from answering import TOKEN, Server, job, reply
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def by_task(method: str, path: str):
    return LicetHook().ask(method, path)


def by_trigger(method: str, path: str):
    return asyncio.run(LicetAsyncHook().ask(method, path))


WAYS = pytest.mark.parametrize("ask", [by_task, by_trigger])


# --- what a connection says ------------------------------------------------------------------------------------


def connection(**members):
    known = {"conn_id": "c", "conn_type": "licet", "host": "hub", "password": TOKEN, **members}
    return Connection(**{**known, "extra": json.dumps(known.get("extra", {}))})


@pytest.mark.parametrize(
    ("members", "url"),
    [
        ({}, "https://hub"),
        ({"schema": "https", "port": 8443}, "https://hub:8443"),
        ({"schema": "http", "port": 8080}, "http://hub:8080"),
        ({"host": "https://hub/licet/"}, "https://hub/licet"),
        ({"host": "http://[::1]", "port": 8080}, "http://[::1]:8080"),
    ],
)
def test_without_a_scheme_it_is_https(members, url):
    assert reach(connection(**members)).base_url == url


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"host": ""}, "expected a host name"),
        ({"host": "ftp://hub"}, "expected a host name"),
        ({"host": "https://user:pass@hub"}, "expected a host name"),
        ({"host": "hub?x=1"}, "expected a host name"),
        ({"schema": "licet"}, "expected a host name"),
        ({"password": None}, "a token of 0 characters"),
        ({"password": "two words"}, "a token of 9 characters"),
        ({"password": "a\r\nX-Injected: 1"}, "a token of 16 characters"),
        ({"password": "токен"}, "a token of 5 characters"),
        ({"login": "admin"}, "found a login"),
        ({"extra": {"timeout": 5}}, "found timeout in extra, expected only ca, cert, key"),
        ({"extra": {"verify": False, "X-Tenant": "a"}}, "found X-Tenant, verify in extra"),
        ({"extra": {"key": "/k.pem"}}, "expected its cert"),
        ({"schema": "http", "extra": {"ca": "/ca.pem"}}, "found ca and http"),
    ],
)
def test_a_setting_that_is_missing_or_would_not_be_used_is_named(members, said):
    with pytest.raises(HubError) as caught:
        reach(connection(**members))
    assert said in str(caught.value) and not caught.value.retryable
    assert TOKEN not in str(caught.value) and "pass" not in str(caught.value).replace("password", "")


def test_a_token_with_the_line_end_of_its_file_and_empty_fields_of_the_form_are_taken():
    found = reach(connection(password=f"{TOKEN}\n", extra={"ca": "", "cert": None}))
    assert (found.token, found.ca, found.cert) == (TOKEN, "", "")


def test_airflow_makes_the_hook_of_a_connection(server):
    server.says = [reply(200, [{"connector": "lms", "complete_until": None}])]
    hook = Connection(conn_id="licet_default", conn_type="licet").get_hook()
    assert isinstance(hook, LicetHook) and hook.licet_conn_id == "licet_default"
    assert hook.test_connection() == (True, "the hub answers for 1 connectors")
    server.says = [reply(401, {"code": "http.unauthorized", "title": "no token"})]
    assert LicetHook().test_connection()[0] is False


# --- what goes over the wire -----------------------------------------------------------------------------------


@WAYS
def test_the_token_goes_along_and_nothing_of_the_environment(ask, server, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.says = [job()]
    ask("GET", "/api/v1/jobs/0192?wait=20")
    [asked] = server.asked
    assert (asked.method, asked.path) == ("GET", "/api/v1/jobs/0192?wait=20")
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["accept"] == "application/json"


@WAYS
def test_who_sends_it_elsewhere_is_not_followed(ask, server):
    with Server(says=[job()]) as elsewhere:
        server.says = [reply(307, b"", location=f"http://127.0.0.1:{elsewhere.port}/stolen")]
        with pytest.raises(HubError, match="307"):
            ask("DELETE", "/api/v1/jobs/0192")
        assert len(server.asked) == 1 and elsewhere.asked == []


@WAYS
def test_no_body_and_no_token_is_logged(ask, server, caplog):
    caplog.set_level(logging.DEBUG)
    for status in (200, 302, 400, 401, 403, 404, 429, 500, 503):
        server.says = [reply(status, b"<html>hunter2</html>", x_secret="hunter2")]
        with pytest.raises(HubError) as caught:
            ask("GET", "/api/v1/jobs/0192")
        assert caught.value.status == status and "hunter2" not in repr(caught.value)
    assert "hunter2" not in caplog.text and TOKEN not in caplog.text


@WAYS
def test_retry_after_comes_through(ask, server):
    server.says = [reply(503, {"code": "job.full", "title": "full"}, retry_after="10")]
    with pytest.raises(HubError) as caught:
        ask("POST", "/api/v1/jobs")
    assert (caught.value.code, caught.value.retry_after, caught.value.retryable) == ("job.full", 10.0, True)
    assert len(server.asked) == 1, "a hook asks once; who asks again is the task"


@WAYS
@pytest.mark.parametrize(
    "said", [None, b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{", b"\x15\x03\x01 no HTTP\r\n\r\n"]
)
def test_a_line_that_breaks_may_be_asked_again(ask, server, said):
    server.says = [said]
    with pytest.raises(HubError) as caught:
        ask("GET", "/api/v1/jobs")
    assert (caught.value.code, caught.value.retryable) == ("hub.unreachable", True)


@WAYS
def test_nobody_there_may_be_asked_again(ask, server):
    server.__exit__()
    with pytest.raises(HubError) as caught:
        ask("GET", "/api/v1/jobs")
    assert (caught.value.code, caught.value.retryable) == ("hub.unreachable", True)


def test_no_wait_is_without_an_end(server):
    hook = LicetHook()
    hook.get_conn()
    connect, read = hook.merged_extra["timeout"]
    limits = asyncio.run(LicetAsyncHook().config()).extra_options["timeout"]
    assert (connect, read) == (limits.sock_connect, limits.sock_read) and 30 < read < limits.total


def test_who_takes_a_request_and_says_nothing_is_left(connect):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connect(schema="http", host="127.0.0.1", port=silent.getsockname()[1], password=TOKEN)
        with pytest.raises(requests.Timeout):
            LicetHook().run("/api/v1/jobs", extra_options={"timeout": 0.3})


def test_what_is_asked_again_asks_airflow_for_nothing(server, monkeypatch):
    server.says = [job()]
    hook = LicetHook()
    hook.job("0192")
    monkeypatch.delenv("AIRFLOW_CONN_LICET_DEFAULT")
    assert hook.cancel("0192").id == "0192"
    assert server.lines == ["GET /api/v1/jobs/0192?wait=0", "DELETE /api/v1/jobs/0192"]


def test_an_id_stays_within_its_place(server):
    server.says = [job()]
    LicetHook().job("../users?x=/")
    assert server.lines == ["GET /api/v1/jobs/..%2Fusers%3Fx%3D%2F?wait=0"]


# --- TLS -------------------------------------------------------------------------------------------------------


def certified(folder: Path, name: str, by=None):
    """A certificate for 127.0.0.1 and its key, in files; without ``by`` it is an authority's own."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signing = (by[0].subject, by[1]) if by else (subject, key)
    now = datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    built = built.not_valid_after(now + timedelta(days=1)).add_extension(x509.BasicConstraints(by is None, None), True)
    if by:
        import ipaddress

        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        built = built.add_extension(names, False)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
        built = built.add_extension(authority, False)
    else:
        built = built.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        usage = dict.fromkeys(
            (
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        signs = x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, **usage)
        built = built.add_extension(signs, True)
    made = built.sign(signing, hashes.SHA256())
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / f"{name}.key").write_bytes(key.private_bytes(*form))
    return made, key


@pytest.fixture
def secured(tmp_path, connect):
    """A server that lets in whoever shows a certificate of its authority."""
    ours = certified(tmp_path, "ours")
    certified(tmp_path, "theirs")
    certified(tmp_path, "hub", by=ours)
    certified(tmp_path, "airflow", by=ours)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "hub.pem", tmp_path / "hub.key")
    context.load_verify_locations(tmp_path / "ours.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with Server(says=[job()], tls=context) as started:

        def told(**files: str) -> None:
            extra = {name: str(tmp_path / file) for name, file in files.items()}
            connect(host="127.0.0.1", port=started.port, password=TOKEN, extra=extra)

        yield started, told


@WAYS
def test_certificates_are_shown_and_asked_for(ask, secured):
    started, told = secured
    told(ca="ours.pem", cert="airflow.pem", key="airflow.key")
    assert ask("GET", "/api/v1/jobs/0192")["id"] == "0192" and len(started.asked) == 1


@WAYS
@pytest.mark.parametrize(
    "files",
    [
        {"cert": "airflow.pem", "key": "airflow.key"},
        {"ca": "theirs.pem", "cert": "airflow.pem", "key": "airflow.key"},
        {"ca": "ours.pem"},
        {"ca": "ours.pem", "cert": "theirs.pem", "key": "theirs.key"},
    ],
    ids=["an authority that nobody knows", "another authority", "no certificate", "a certificate of somebody else"],
)
def test_without_them_nothing_is_asked(ask, secured, files):
    started, told = secured
    told(**files)
    with pytest.raises(HubError) as caught:
        ask("GET", "/api/v1/jobs/0192")
    assert caught.value.code == "hub.unreachable" and started.asked == []
