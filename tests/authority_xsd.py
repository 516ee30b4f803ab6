"""The XSD of the event that authorities push, made from its JSON Schema: they cannot differ."""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from schemas.authority_event import AuthorityEvent

NAMESPACE = "urn:hub:authority:1"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_BASES = {"date-time": "xs:dateTime", "date": "xs:date"}


def authority_xsd(note: str) -> str:
    """The text of the schema."""
    schema = AuthorityEvent.model_json_schema()
    lines = [
        f"<!-- {escape(note)} -->",
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{NAMESPACE}"'
        ' elementFormDefault="qualified">',
        '<xs:element name="AuthorityPush">',
        *_complex(schema, schema["$defs"], '<xs:attribute name="Id" type="xs:string"/>'),
        "</xs:element>",
        "</xs:schema>",
    ]
    return _HEAD + "\n".join(lines) + "\n"


def _complex(schema: Mapping[str, Any], parts: Mapping[str, Any], attribute: str = "") -> Iterator[str]:
    yield "<xs:complexType><xs:all>"
    for name, member in schema["properties"].items():
        least = "" if name in schema["required"] else ' minOccurs="0"'
        said = member.get("description")
        told = f"<xs:annotation><xs:documentation>{escape(said)}</xs:documentation></xs:annotation>" if said else ""
        kind = _without_nothing(member)
        if "$ref" in kind:
            inner = list(_complex(parts[kind["$ref"].rpartition("/")[2]], parts))
        else:
            inner = [f"<xs:simpleType>{_restriction(kind)}</xs:simpleType>"]
        yield f'<xs:element name="{name}"{least}>{told}'
        yield from inner
        yield "</xs:element>"
    yield f"</xs:all>{attribute}</xs:complexType>"


def _without_nothing(member: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a member is where it is there: in XML what is absent has no element."""
    found: Mapping[str, Any] = next((each for each in member.get("anyOf", ()) if each.get("type") != "null"), member)
    return found


def _restriction(kind: Mapping[str, Any]) -> str:
    values = kind.get("enum") or ([kind["const"]] if "const" in kind else [])
    facets = "".join(f"<xs:enumeration value={quoteattr(each)}/>" for each in values)
    for name in ("minLength", "maxLength"):
        facets += f'<xs:{name} value="{kind[name]}"/>' if name in kind else ""
    if "pattern" in kind:
        facets += f"<xs:pattern value={quoteattr(kind['pattern'].removeprefix('^').removesuffix('$'))}/>"
    return f'<xs:restriction base="{_BASES.get(kind.get("format", ""), "xs:string")}">{facets}</xs:restriction>'
