"""What a WSDL says of one operation: how it is asked, and by which element it answers."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from lxml import etree

from connectors.soap.pinned import FoundFiles, PinnedFiles
from schemas.errors import SettingError
from schemas.nearest import did_you_mean
from schemas.words import Words

if TYPE_CHECKING:
    from zeep.wsdl.bindings.soap import SoapOperation

ENVELOPES = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
Version = Literal["1.1", "1.2"]
_WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
_BODIES = tuple(f"{{http://schemas.xmlsoap.org/wsdl/soap{each}/}}body" for each in ("", "12"))
_FAILURES = (LookupError, AttributeError, TypeError, ValueError, AssertionError, NotImplementedError, RecursionError)
"""What the library raises, beside its own errors, for a document that it does not understand."""


class Operation(NamedTuple):
    """One operation of a port. ``answers`` is the name of the element that the Body of its answer holds."""

    name: str
    version: Version
    action: str
    answers: str
    serialiser: "SoapOperation"

    def envelope(self, values: Mapping[str, Any]) -> etree._Element:
        """A request: the envelope with a Body that holds ``values``, as the WSDL has them.

        Raises:
            ConfigError: The WSDL has no such values, or wants others.
        """
        from zeep.exceptions import Error  # noqa: PLC0415 - loaded where it is used

        try:
            made: etree._Element = self.serialiser.create(**values).content
        except (Error, *_FAILURES) as error:
            raise SettingError(
                Words(
                    f"what {self.name} cannot be asked with: {str(error)[:200]}",
                    f"{self.name} 不接受的参数：{str(error)[:200]}",
                ),
                Words(f"parameters of {self._signature()}", f"参数：{self._signature()}"),
                setting="parameters",
            ) from error
        return made

    def _signature(self) -> str:
        """What the operation takes, as the library writes it."""
        return f"{self.name}({self.serialiser.input.signature()})"[:400]


class Contract:
    """One port of a WSDL that was pinned."""

    def __init__(self, wsdl: Path, pinned: Mapping[str, str], service: str = "", port: str = "") -> None:
        """Read the WSDL; nothing beside what is pinned is opened, and nobody is asked.

        Raises:
            ConfigError: It is not what was pinned, leads elsewhere, cannot be understood, or zeep is missing.
        """
        require_library()
        self._files = PinnedFiles(wsdl, pinned)
        self._ports = self._read(service, port)

    def operation(self, name: str) -> Operation:
        """One operation, of the first port that has it.

        Raises:
            ConfigError: There is none, or its messages are of a form that is not read here.
        """
        for found in self._ports:
            if name in found.all():
                return self._of(found.get(name))
        known = self.operations
        hint = did_you_mean(name, known)
        raise SettingError(
            Words(f"operation {name!r}, which the WSDL has not", f"WSDL 中没有的操作 {name!r}"),
            Words(
                f"one of {', '.join(known)}{'; ' * bool(hint)}{hint}",
                f"其中之一：{'、'.join(known)}{'；' * bool(hint)}{hint.zh}",
            ),
            setting="operation",
        )

    @property
    def operations(self) -> list[str]:
        """The names of all operations."""
        return sorted({each for found in self._ports for each in found.all()})

    def _read(self, service: str, port: str) -> list[Any]:
        """The bindings of all ports over SOAP, or of the named one."""
        from zeep.wsdl.bindings.soap import SoapBinding  # noqa: PLC0415 - loaded where it is used

        ports = {
            f"{of.name}/{each.name}": each.binding
            for of in read_wsdl(self._files).services.values()
            for each in of.ports.values()
            if service in ("", of.name) and port in ("", each.name) and isinstance(each.binding, SoapBinding)
        }
        if not ports:
            raise SettingError(
                Words("no such port over SOAP in the WSDL", "WSDL 中没有对应的 SOAP 端口"),
                Words("a service and a port of it, or neither", "填写 WSDL 中的 service 与 port，或均不填写"),
                setting="port" if port else "service" if service else "wsdl",
            )
        return list(ports.values())

    def _of(self, found: "SoapOperation") -> Operation:
        self._require_literal(found)
        version: Version = "1.2" if found.nsmap["soap-env"] == ENVELOPES["1.2"] else "1.1"
        bodies = [None if each is None else each.body for each in (found.input, found.output)]
        if bodies[1] is None or any(each is not None and each.qname.namespace in ENVELOPES.values() for each in bodies):
            raise _unread(found.name, "without one element each way", "请求与应答不是各一个元素")
        answers = str(bodies[1].qname)
        if (
            found.style == "rpc"
        ):  # the library knows the name of the message; on the wire is another (WS-I Basic Profile)
            answers = f"{{{bodies[1].qname.namespace or ''}}}{found.name}Response".removeprefix("{}")
        return Operation(found.name, version, found.soapaction or "", answers, found)

    def _require_literal(self, found: "SoapOperation") -> None:
        """Values that carry their types along, by references (rpc/encoded), are read by no two alike."""
        for root in map(etree.fromstring, self._files.contents):
            for binding in root.iter(f"{_WSDL}binding"):
                named = binding.get("name") == found.binding.name.localname
                for told in binding.iter(f"{_WSDL}operation") if named else ():
                    uses = {each.get("use") for each in told.iter(*_BODIES)}
                    if told.get("name") == found.name and "encoded" in uses:
                        raise _unread(found.name, 'with use="encoded"', 'use="encoded"')


def read_wsdl(files: PinnedFiles | FoundFiles) -> Any:
    """A WSDL as the library has it, out of these files and nothing else.

    Raises:
        ConfigError: It leads elsewhere, or cannot be understood.
    """
    from zeep import Settings  # noqa: PLC0415 - loaded where it is used
    from zeep.exceptions import Error  # noqa: PLC0415 - loaded where it is used
    from zeep.wsdl import Document  # noqa: PLC0415 - loaded where it is used

    settings = Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        return Document(str(files.main.resolve()), files, settings=settings)
    except (Error, *_FAILURES, etree.LxmlError) as error:
        told = f"{type(error).__name__}: {str(error)[:200]}"
        raise SettingError(
            Words(f"a WSDL that cannot be used ({told})", f"无法使用的 WSDL（{told}）"),
            Words(
                "a WSDL 1.1 that imports files beside it alone, all of them pinned",
                "WSDL 1.1，且只导入同一文件夹中已登记摘要的文件",
            ),
            setting="wsdl",
        ) from error


def _unread(name: str, how: str, how_zh: str) -> SettingError:
    return SettingError(
        Words(f"operation {name}, {how}", f"操作 {name}：{how_zh}"),
        Words('document or rpc style with use="literal"', 'document 或 rpc 样式，use="literal"'),
        setting="operation",
    )


def require_library() -> None:
    """Return if what reads WSDLs is installed.

    Raises:
        ConfigError: It is not.
    """
    try:
        import xmlsec  # noqa: F401, PLC0415 - asked whether it is there
        import zeep  # noqa: F401, PLC0415 - asked whether it is there
    except ImportError as error:
        raise SettingError(
            Words("no zeep and xmlsec, which SOAP takes", "SOAP 所需的 zeep 与 xmlsec，尚未安装"),
            Words("the extra: pip install 'licet[soap]'", "安装扩展：pip install 'licet[soap]'"),
        ) from error
