"""What a package says: whose, which version after which, for which hubs, until when, and its files."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.errors import TrustError
from schemas.faults import faults_of
from schemas.words import Words, unlike

FORM = "package.form"
MOST_BYTES = 2 << 20
"""Bytes of all files of a package together."""

_PATH = r"^[A-Za-z0-9_-]{1,64}(?:/[A-Za-z0-9_.-]{1,128}){0,3}\.(?:json|toml)$"
Span = tuple[datetime, datetime]
Path_ = Annotated[str, Field(pattern=_PATH)]
HubName = Annotated[str, Field(pattern=r"^[a-z0-9.-]{1,64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PackagedFile(_Strict):
    """One file: its bytes as base64, and their digest."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    data: str

    def content(self) -> bytes:
        """Its bytes."""
        return b64decode(self.data, validate=True)


class Manifest(_Strict):
    """What is signed of a package."""

    format: Literal["licet-package/1"]
    kind: Literal["mappings", "rules"]
    package: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    version: int = Field(ge=1, lt=10**9)
    prev: str = Field(pattern=r"^(?:[0-9a-f]{64})?$", description="Digest of the version before; empty of the first.")
    audience: list[HubName] = Field(min_length=1, max_length=64)
    issued: int = Field(ge=0, lt=10**11)
    expires: int = Field(ge=0, lt=10**11)
    files: dict[Path_, PackagedFile] = Field(min_length=1, max_length=2000)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if any(".." in path.split("/") for path in self.files):
            raise ValueError(Words("paths that stay within the package", "不指向包外的路径"))
        if sum(len(each.data) for each in self.files.values()) > MOST_BYTES * 4 // 3:
            raise ValueError(Words(f"at most {MOST_BYTES} bytes of files", f"文件合计不超过 {MOST_BYTES} 字节"))
        return self

    @property
    def payload(self) -> bytes:
        """Its canonical bytes (RFC 8785, for names in ASCII and whole numbers): what is signed."""
        return orjson.dumps(self.model_dump(), option=orjson.OPT_SORT_KEYS)

    @property
    def digest(self) -> str:
        """What it is known by, whoever it is sealed to."""
        return sha256(self.payload).hexdigest()

    @property
    def expires_at(self) -> datetime:
        """From when on it is not taken any more."""
        return datetime.fromtimestamp(self.expires, UTC)

    def contents(self) -> dict[str, bytes]:
        """The bytes of its files, by their paths.

        Raises:
            TrustError: ``package.digest``: one is not what its digest says.
        """
        found = {}
        for path, file in self.files.items():
            found[path] = content = _decoded(path, file)
            if sha256(content).hexdigest() != file.sha256:
                raise TrustError(
                    "package.digest",
                    Words(f"{path}: its bytes are not those of its digest", f"{path}：内容与其摘要不符"),
                )
        return found


def _decoded(path: str, file: PackagedFile) -> bytes:
    try:
        return file.content()
    except ValueError as error:
        raise TrustError(FORM, Words(f"{path}: found no base64", f"{path}：内容不是 base64")) from error


def read_manifest(payload: bytes) -> Manifest:
    """The manifest of signed bytes, which must be its canonical ones: nothing in them can be read in two ways.

    Raises:
        TrustError: ``package.form``.
    """
    try:
        manifest = Manifest.model_validate_json(payload)
    except ValidationError as error:
        raise _wrong(error) from error
    if manifest.payload != payload:
        raise TrustError(FORM, Words("the manifest is not in its canonical form", "清单不是规范格式"))
    return manifest


def packed(files: Mapping[str, bytes]) -> dict[str, PackagedFile]:
    """Files as they stand in a manifest."""
    return {
        path: PackagedFile(sha256=sha256(content).hexdigest(), data=b64encode(content).decode())
        for path, content in files.items()
    }


def draft(
    kind: str, name: str, version: int, prev: str, audience: Iterable[str], times: Span, files: Mapping[str, bytes]
) -> Manifest:
    """A manifest of files, to be signed; it may be taken in ``times``.

    Raises:
        TrustError: ``package.form``: a name, version or file is none that a package may have.
    """
    return _validated(
        {
            "format": "licet-package/1",
            "kind": kind,
            "package": name,
            "version": version,
            "prev": prev,
            "audience": sorted(set(audience)),
            "issued": int(times[0].timestamp()),
            "expires": int(times[1].timestamp()),
            "files": {path: file.model_dump() for path, file in packed(files).items()},
        }
    )


def _validated(values: Mapping[str, Any]) -> Manifest:
    try:
        return Manifest.model_validate(values)
    except ValidationError as error:
        raise _wrong(error) from error


def _wrong(error: ValidationError) -> TrustError:
    first, *_ = faults_of(error)
    words, at = unlike(first.found, first.expected), "/".join(first.at)
    return TrustError(FORM, Words(f"/{at}: {words}", f"/{at}：{words.zh}"))
