"""The page of a certificate: PDF/A in both languages, with the signed facts attached.

The same facts, fonts and typesetter give the same bytes. Letters that no font has are refused, never left out.
"""

import json
import re
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub.wording import provenance_word
from schemas.certificate import Certificate
from schemas.errors import ConfigError
from schemas.words import Words

if TYPE_CHECKING:
    import typst

_TEMPLATE = resources.files("hub.certificates") / "certificate.typ"
_ARCHIVAL: Final = "a-3b"
_PREFERRED = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "Noto Sans CJK TC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
)
_UNSHOWN = re.compile(r'the text `"(?P<text>.*?)"` could not be displayed')
_NOTE_ZH = "本页内容已由签发系统签名，签名数据见二维码及本文件附件。请用公布的公钥核验，并在线查询是否仍然有效。"
_NOTE_EN = (
    "What this page says is signed; the signed data is in the code and attached to this file. Check it with the "
    "published key, and ask online whether the certificate still holds."
)
_MANNERS = {"granted": ("首次取得", "granted"), "renewed": ("续期", "renewed"), "restored": ("恢复", "restored")}


def page_of(certificate: Certificate, signed: str, key: str, fonts: Path | None = None) -> bytes:
    """The PDF of a certificate. ``key`` names the key that signed; ``fonts`` is a folder, instead of the system's.

    Raises:
        ConfigError: ``certificate.font``: no font has a letter that it must show.
    """
    import typst  # noqa: PLC0415 - the typesetter, for whoever wants a page

    known = typst.Fonts(fonts is None, True, [] if fonts is None else [fonts])
    inputs = {"facts": certificate.model_dump_json(), "words": json.dumps(_words(certificate, key, _families(known)))}
    try:
        found = typst.compile(
            _TEMPLATE.read_bytes(),
            format="pdf",
            font_paths=known,
            sys_inputs={**inputs, "signed": signed, "code": _code(signed)},
            pdf_standards=[_ARCHIVAL],
            timestamp=int(certificate.issued_at.timestamp()),
        )
    except typst.TypstError as error:
        raise _refused(error, fonts) from error
    assert isinstance(found, bytes)
    return found


def _code(signed: str) -> str:
    """The signed credential as a QR code (SVG), for a guard's phone; empty where it is more than a code can hold."""
    import segno  # noqa: PLC0415 - loaded where it is used

    try:
        return str(segno.make_qr(signed, error="l").svg_inline(border=2))
    except segno.DataOverflowError:
        return ""


def _families(fonts: "typst.Fonts") -> list[str]:
    """Families with Chinese that are here, the better known first; others help out where a letter is missing."""
    here = fonts.families()
    return [name for name in _PREFERRED if name in here] or sorted(here)[:1]


def _refused(error: "typst.TypstError", fonts: Path | None) -> ConfigError:
    unshown = _UNSHOWN.search(error.message)
    if unshown is None:
        return ConfigError(
            Words(f"the page of a certificate cannot be set: {error.message}", f"证书页面无法排版：{error.message}"),
            "certificate.font",
            cure=Words(
                "`licet doctor` says whether the fonts of certificates are there",
                "用 `licet doctor` 查看证书字体是否可用",
            ),
        )
    where, letters = (
        Words("this system", "本系统") if fonts is None else Words(str(fonts), str(fonts)),
        unshown["text"][:8],
    )
    return ConfigError(
        Words(
            f"found no font on {where} that shows {letters!r}; install one that does "
            "(Debian: fonts-noto-cjk) or name its folder as hub.fonts",
            f"{where.zh} 中没有可显示 {letters!r} 的字体；"
            "请安装（Debian：fonts-noto-cjk），或在 hub.fonts 指定字体目录",
        ),
        "certificate.font",
    )


def _words(certificate: Certificate, key: str, families: Sequence[str]) -> dict[str, object]:
    title_zh, title_en = "电子资质证书", "Electronic certificate of qualification"
    return {
        "title": f"{title_zh} {certificate.number}",
        "title_zh": title_zh,
        "title_en": title_en,
        "fonts": families,
        "lines": [dict(zip(("zh", "en", "value", "also"), line, strict=True)) for line in _lines(certificate)],
        "note_zh": _NOTE_ZH,
        "note_en": _NOTE_EN,
        "key": f"licet certificate verify · Ed25519 · {key}",
    }


def _lines(certificate: Certificate) -> Iterator[tuple[str, str, str, str]]:
    """Label in both languages, value, and the value in English where that differs."""
    holder, manner = certificate.holder, _MANNERS[certificate.manner]
    yield "证书编号", "Number", certificate.number, ""
    yield "持证人", "Holder", holder.name, ""
    yield "工号", "Employee number", holder.employee_no, ""
    yield "资质名称", "Qualification", *_both(certificate.credential.zh, certificate.credential.en)
    yield "岗位", "Position", *_both(certificate.position.zh, certificate.position.en)
    yield "有效期自", "Valid from", certificate.first_day.isoformat(), ""
    yield "有效期至", "Valid until (last day)", certificate.last_valid_day.isoformat(), ""
    yield "取得方式", "Manner", *_both(*manner)
    zh, en = (provenance_word(certificate.known_by, each) for each in ("zh", "en"))
    yield "来源", "Known by", *_both(zh, en)
    yield "签发单位", "Issued by", certificate.issuer, ""


def _both(zh: str, en: str) -> tuple[str, str]:
    return zh, "" if zh == en else en
