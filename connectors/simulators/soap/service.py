"""A SOAP server over HTTP: one operation a Body, its WSDL at ``?wsdl``, faults of its own; it can do much wrong."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml import etree

from connectors.simulators.soap.proving import FORGERIES, Signer

V11, V12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"
_MEDIA = {V11: "text/xml", V12: "application/soap+xml"}
_CODES = {"Client": "Sender", "Server": "Receiver"}
SIGNED_ODDLY = {
    "sha1": {"digest": "sha1"},
    "sha1_in_name": {"method": "http://www.w3.org/2000/09/xmldsig#rsa-sha1"},
    "body_uncovered": {"covers": ("Timestamp",)},
    "time_uncovered": {"covers": ("Body",)},
    "all_covered": {"covers": ("Timestamp", "Body", "BinarySecurityToken")},
}
SIGNED_AT = {
    "stale": timedelta(minutes=-20),
    "from_the_future": timedelta(minutes=20),
    "over": timedelta(minutes=-4),
}
"""When an answer says that it was made, from now on; what is over lived for three minutes."""


class Fault(Exception):
    """What an operation answers with instead: who is at fault, words, and the name of a detail."""

    def __init__(self, code: str, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.code, self.reason, self.detail = code, reason, detail


class Asked(NamedTuple):
    """A request as it came: its operation, the whole envelope, the headers of HTTP in lower case."""

    operation: str
    envelope: etree._Element
    headers: Mapping[str, str]


Operation = Callable[[etree._Element], etree._Element]


class Service:
    """What it offers, what it was asked, and what it will do wrong next (``wrong``, first come first served).

    ``admits`` says of an envelope whether it is proven; ``signer`` signs what is answered, ``other`` is somebody else.
    """

    def __init__(
        self,
        wsdl: Path,
        operations: Mapping[str, Operation],
        *,
        signer: Signer | None = None,
        other: Signer | None = None,
        admits: Callable[[etree._Element], bool] = lambda _envelope: True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.wsdl, self.operations = wsdl, operations
        self.signer, self.other, self.admits, self.now = signer, other, admits, now
        self.port = 0
        self.asked: list[Asked] = []
        self.wrong: list[str] = []
        self.always_wrong = ""
        self.gate = Event()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, body: bytes, headers: Mapping[str, str], wrong: str) -> tuple[int, str, bytes]:
        """Status, content type and bytes of the answer to a request."""
        envelope = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
        soap = str(etree.QName(envelope).namespace)
        request = envelope[-1][0]
        name = etree.QName(request).localname
        self.asked.append(Asked(name, envelope, headers))
        status, held = 200, None
        try:
            if not self.admits(envelope):
                raise Fault("Client", "the security token could not be authenticated", "FailedAuthentication")
            if wrong.startswith("fault:"):
                raise Fault(*wrong.split(":")[1:])
            held = self.operations[name](request)
        except Fault as fault:
            status, held = 500, _fault(soap, fault)
        made = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap})
        etree.SubElement(made, f"{{{soap}}}Body").append(held)
        self._prove(made, wrong)
        _spoil(made, soap, wrong)
        text = etree.tostring(made, encoding="utf-8", xml_declaration=True)
        return status, f"{_MEDIA[soap]}; charset=utf-8", _retold(text, wrong)

    def _prove(self, envelope: etree._Element, wrong: str) -> None:
        signer = self.other if wrong == "other_key" else self.signer
        if signer is None or wrong == "unsigned":
            return
        at = self.now() + SIGNED_AT.get(wrong, timedelta())
        life = timedelta(minutes=3 if wrong == "over" else 5)
        signer.sign(envelope, at, life=life, **SIGNED_ODDLY.get(wrong, {}))  # type: ignore[arg-type]  # a table of its own arguments
        if wrong in FORGERIES:
            FORGERIES[wrong](envelope)


def _fault(soap: str, fault: Fault) -> etree._Element:
    made = etree.Element(f"{{{soap}}}Fault", nsmap={"soap": soap})
    if soap == V11:
        etree.SubElement(made, "faultcode").text = f"soap:{fault.code}"
        etree.SubElement(made, "faultstring").text = fault.reason
        detail = etree.SubElement(made, "detail")
    else:
        code = etree.SubElement(made, f"{{{soap}}}Code")
        etree.SubElement(code, f"{{{soap}}}Value").text = f"soap:{_CODES.get(fault.code, fault.code)}"
        etree.SubElement(etree.SubElement(made, f"{{{soap}}}Reason"), f"{{{soap}}}Text").text = fault.reason
        detail = etree.SubElement(made, f"{{{soap}}}Detail")
    if fault.detail:
        etree.SubElement(detail, f"{{urn:faults}}{fault.detail}")
    return made


def _spoil(envelope: etree._Element, soap: str, wrong: str) -> None:
    body = envelope[-1]
    match wrong:
        case "two_bodies":
            envelope.append(etree.Element(f"{{{soap}}}Body"))
        case "two_answers":
            body.append(etree.fromstring(etree.tostring(body[0])))
        case "other_answer":
            body.replace(body[0], etree.Element("{urn:x}OtherResponse"))
        case "empty_body":
            body.remove(body[0])
        case "must_understand":
            header = etree.Element(f"{{{soap}}}Header")
            etree.SubElement(header, "{urn:x}Odd").set(f"{{{soap}}}mustUnderstand", "1")
            envelope.insert(0, header)
        case "xop":
            etree.SubElement(body[0], "{http://www.w3.org/2004/08/xop/include}Include").set("href", "cid:1")


def _retold(text: bytes, wrong: str) -> bytes:
    match wrong:
        case "html":
            return b"<html><body>502 Bad Gateway</body></html>"
        case "nothing":
            return b""
        case "dtd":
            return text.replace(b"?>\n", b'?>\n<!DOCTYPE x [<!ENTITY e "active">]>\n', 1)
        case "rest":
            return b'{"code":0}'
    return text


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            name = split.query.partition("xsd=")[2] if split.query.startswith("xsd=") else service.wsdl.name
            file = service.wsdl.parent / Path(name).name
            known = split.query in ("wsdl", f"xsd={file.name}") and file.is_file()
            self._say(200 if known else 404, "text/xml", file.read_bytes() if known else b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            wrong = service.wrong.pop(0) if service.wrong else service.always_wrong
            if wrong == "held":
                service.gate.wait(60)
            if wrong.isdigit():
                return self._say(int(wrong), "text/html", b"<html/>")
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, media, text = service.answer(body, headers, wrong)
            if wrong == "mtom":
                media, text = _attached(media, text)
            if wrong == "cut":
                self.close_connection = True
                return self._say(status, media, text[: len(text) // 2], length=len(text))
            self._say(status, media, text)

        def _say(self, status: int, media: str, body: bytes, length: int = -1) -> None:
            self.send_response(status)
            self.send_header("content-type", media)
            self.send_header("content-length", str(len(body) if length < 0 else length))
            if status == 429:
                self.send_header("retry-after", "7")
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _attached(media: str, text: bytes) -> tuple[str, bytes]:
    """An answer as MTOM packs it."""
    start = f'multipart/related; type="application/xop+xml"; boundary=b; start-info="{media}"'
    return start, b"--b\r\nContent-Type: application/xop+xml\r\n\r\n" + text + b"\r\n--b--\r\n"


@contextmanager
def serving(service: Service, port: int = 0) -> Iterator[Service]:
    """A service at a port, or at one of its own, until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", port), _handler(service)) as server:
        service.port = server.server_address[1]
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield service
        finally:
            service.gate.set()
            server.shutdown()
