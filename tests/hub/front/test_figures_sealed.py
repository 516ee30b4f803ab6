"""A question and its answer sealed both ways, over a real socket: libraries of others make and open them."""

import http.client
import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import xmltodict
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from lxml import etree
from pydantic import ValidationError

from connectors.algorithms import public_jwk
from connectors.credential.figures_asked import SPEC, Settings
from connectors.simulators import sealing
from connectors.simulators.figures_asker import to_json, to_xml
from hub.config.instances import Instance
from tests.hub.decision.test_law import NOW, opened, send_together
from tests.hub.doors import LiveClock
from tests.hub.front.test_figures import ASKED, CAME, enclosed, entries
from tests.hub.front.test_front import serving

pytest.importorskip("xmlsec", reason="the extra licet[xml] is not installed")
from connectors.simulators import sealing_xml
from tests.contract.foreign import of_jose, of_xml

HUB, THERE = "licet-prod", "personnel"
SIGNS = {"sealed": ec.generate_private_key(ec.SECP256R1()), "xml": rsa.generate_private_key(65537, 3072)}
OPENS = {"sealed": x25519.X25519PrivateKey.generate(), "xml": rsa.generate_private_key(65537, 3072)}
OURS = {"sealed": ("ed25519", "ecdh-x25519"), "xml": ("rs256", "rsa-oaep")}
MEDIA = {"sealed": "application/jose", "xml": "application/xml"}
SUMS = {"creditedSeconds": 10800, "rate": "1.0000"}


def settings(profile: str) -> dict[str, Any]:
    signs, opens = OURS[profile]
    theirs = "es256" if profile == "sealed" else "rs256"
    public = json.dumps(public_jwk(SIGNS[profile].public_key(), theirs))
    to = json.dumps(public_jwk(OPENS[profile].public_key(), opens))
    agreed = {"profile": profile, "algorithm": signs, "receiver_key": {"kid": "box", "alg": opens, "public": to}}
    named = {"audience": HUB, "envelope": agreed | {"receiver": THERE}} if profile == "sealed" else {"envelope": agreed}
    return {"keys": [{"kid": "theirs", "alg": theirs, "public": public}], "positions": ["dc-operations"], **named}


@dataclass
class Asker:
    """Seals questions with the libraries themselves, and opens answers."""

    profile: str
    url: str
    published: Mapping[str, Any]

    def question(self, said: Mapping[str, Any], at: datetime, form: str = "json", **odd: Any) -> bytes:
        use = OURS[self.profile][1]
        [to] = [each for each in self.published["keys"] if each["use"] == "enc"]
        assert use
        if self.profile == "xml":
            root = etree.fromstring(to_xml(said))
            root.set("Id", "q")
            return sealing_xml.encrypted(sealing_xml.signed(etree.tostring(root), SIGNS["xml"], "theirs", at), to)
        typ = odd.get("typ", "figures-question+jws")
        header = {"kid": "theirs", "iat": int(at.timestamp()), "aud": odd.get("aud", HUB), "cty": form, "typ": typ}
        body = to_json(said) if form == "json" else to_xml(said)
        return sealing.encrypted(sealing.signed(body, odd.get("key", SIGNS["sealed"]), header), to).encode()

    def post(self, body: bytes, media: str = "") -> tuple[int, str, bytes]:
        where = urlsplit(self.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
        try:
            connection.request("POST", where.path, body, {"content-type": media or MEDIA[self.profile]})
            answer = connection.getresponse()
            return answer.status, answer.headers["content-type"], answer.read()
        finally:
            connection.close()

    def opened(self, body: bytes) -> tuple[Mapping[str, Any], Any]:
        """What proves an answer, and what it says."""
        if self.profile == "xml":
            kid, when, root = of_xml(body, OPENS["xml"], "box", self.published)
            return {"kid": kid, "when": when}, xmltodict.parse(etree.tostring(root))["FiguresAnswer"]
        header, said = of_jose(body, OPENS["sealed"], self.published)
        return header, json.loads(said) if header["cty"] == "json" else xmltodict.parse(said)["FiguresAnswer"]


@contextmanager
def hub(path: Path, profile: str, url: str = "") -> Iterator[tuple[Any, LiveClock, Asker]]:
    clock = LiveClock(NOW)
    agreed = Settings.model_validate(settings(profile))
    asks = Instance("asks", SPEC.played(agreed), agreed, "", timedelta(seconds=60))
    with opened(path / "hub", clock, url, instances={"asks": asks}) as parts:
        (path / "hub" / "keys" / "api.token").write_text("a-token-of-the-api")
        for algorithm in OURS[profile]:
            parts.key_desk.new(algorithm, "an operator", clock.now())
        send_together(parts, CAME, clock)
        address: list[str] = []
        with serving(app=parts.front(lambda: address[0], dict, list)) as (host, port):
            address.append(f"http://{host}:{port}")
            with urllib.request.urlopen(f"{address[0]}/.well-known/jwks.json") as answer:
                published = json.loads(answer.read())
            yield parts, clock, Asker(profile, f"{address[0]}/ask/asks", published)


@pytest.fixture(scope="module", params=OURS)
def there(request, tmp_path_factory):
    with hub(tmp_path_factory.mktemp("ask"), request.param) as made:
        yield made


def test_what_is_sealed_to_the_hub_is_answered_sealed_to_who_asks_and_an_auditor_reads_both(tmp_path, database_url):
    with hub(tmp_path, "sealed", database_url) as (parts, clock, asker):
        sent = asker.question(ASKED, clock.now())
        status, media, answer = asker.post(sent)
        assert (status, media) == (200, "application/jose") and b"10800" not in answer
        header, said = asker.opened(answer)
        assert (header["typ"], header["aud"], header["cty"]) == ("figures-answer+jws", THERE, "json")
        assert said["total"].items() >= SUMS.items() and said["person"] == "E1"
        assert said["question"] == {"id": "q-1", "sha256": sha256(sent).hexdigest()}, "the answer to this question"
        [entry] = entries(parts, "asked")
        assert (entry["auth"]["method"], entry["auth"]["key_id"]) == ("sealed", "theirs")
        assert json.loads(enclosed(parts, entry, "answer")) == said
        assert json.loads(enclosed(parts, entry, "payload")) == ASKED


def test_xml_that_is_signed_and_encrypted_is_answered_so(tmp_path, database_url):
    with hub(tmp_path, "xml", database_url) as (parts, clock, asker):
        sent = asker.question(ASKED, clock.now())
        status, media, answer = asker.post(sent)
        assert (status, media) == (200, "application/xml") and b"10800" not in answer
        shown, said = asker.opened(answer)
        assert (said["total"]["creditedSeconds"], said["person"]) == ("10800", "E1")
        assert said["question"] == {"id": "q-1", "sha256": sha256(sent).hexdigest()}
        assert datetime.fromisoformat(shown["when"]) <= clock.now()
        [entry] = entries(parts, "asked")
        assert entry["auth"]["method"] == "xml" and b"annual review" in enclosed(parts, entry, "payload")


def test_xml_within_the_sealed_profile_is_answered_in_xml(tmp_path):
    with hub(tmp_path, "sealed") as (_parts, clock, asker):
        header, said = asker.opened(asker.post(asker.question(ASKED, clock.now(), "xml"))[2])
        assert (header["cty"], said["total"]["creditedSeconds"]) == ("xml", "10800")


Wrong = Callable[[Asker, datetime], bytes]
WRONGS: Mapping[str, Wrong] = {
    "stale": lambda asker, now: asker.question(ASKED, now - timedelta(minutes=6)),
    "for another hub": lambda asker, now: asker.question(ASKED, now, aud="licet-test"),
    "an event of an authority": lambda asker, now: asker.question(ASKED, now, typ="authority-push+jws"),
    "any other message": lambda asker, now: asker.question(ASKED, now, typ="message+jws"),
    "an answer": lambda asker, now: asker.question(ASKED, now, typ="figures-answer+jws"),
    "by another key": lambda asker, now: asker.question(ASKED, now, key=ed25519.Ed25519PrivateKey.generate()),
    "a bit flipped": lambda asker, now: asker.question(ASKED, now)[:-3] + b"AAA",
    "in clear": lambda asker, now: to_json(ASKED),
    "nothing": lambda asker, now: b"",
}
OF_XML = ("stale", "a bit flipped", "in clear", "nothing")


@pytest.mark.parametrize("wrong", WRONGS)
def test_what_is_not_proven_hears_one_word_and_leaves_its_trace(there, wrong):
    parts, clock, asker = there
    if asker.profile == "xml" and wrong not in OF_XML:
        wrong = "stale"
    answered, refused = len(entries(parts, "asked")), len(entries(parts, "refused"))
    status, _media, said = asker.post(WRONGS[wrong](asker, clock.now()))
    assert status == 401 and json.loads(said) == {"type": "urn:licet:error:refused", "status": 401, "code": "refused"}
    assert len(entries(parts, "asked")) == answered and len(entries(parts, "refused")) == refused + 1


def test_a_question_that_is_only_signed_is_none_where_sealing_was_agreed_on(there):
    """The message never chooses its profile."""
    _parts, _clock, asker = there
    status, _media, said = asker.post(to_json(ASKED), "application/json")
    assert (status, json.loads(said)["code"]) == (415, "http.media-type")


def test_who_recorded_a_sealed_question_hears_nothing_by_it(there):
    _parts, clock, asker = there
    sent = asker.question({**ASKED, "id": "q-twice"}, clock.now())
    assert asker.post(sent)[0] == 200
    status, _media, said = asker.post(sent)
    assert (status, json.loads(said)["code"]) == (409, "ask.repeated")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"audience": ""}, "audience"),
        ({"algorithm": "ed25519"}, "algorithm"),
        ({"envelope": {"profile": "sealed"}}, "receiver_key"),
        ({"envelope": {"profile": "http-signature"}}, "audience"),
    ],
)
def test_a_profile_goes_with_its_own_settings_alone(change, why):
    with pytest.raises(ValidationError, match=why):
        Settings.model_validate({**settings("sealed"), **change})
