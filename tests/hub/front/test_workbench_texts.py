"""What the page of the workbench says: all of it in both languages, in colours that can be read."""

import json
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[3] / "hub" / "front" / "workbench"
TEXTS = json.loads((STATIC / "texts.js").read_text("utf-8").partition("TEXTS =\n")[2].rstrip().removesuffix(";"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
GROUNDS = ("pane", "ground")
INKS = ("ink", "muted", "accent", "good", "warn", "bad", "name", "text", "plain")
SOFT = (("good", "good-soft"), ("warn", "warn-soft"), ("bad", "bad-soft"), ("ink", "bad-soft"), ("ink", "warn-soft"))


def test_every_text_is_in_both_languages_with_the_same_places():
    for key, each in TEXTS.items():
        assert set(each) == {"en", "zh"} and CHINESE.search(each["zh"]) and not CHINESE.search(each["en"]), key
        assert sorted(re.findall(r"{\w+}", each["en"])) == sorted(re.findall(r"{\w+}", each["zh"])), key
        assert not re.search(r"[\u4e00-\u9fff][,;!?()]|[,;!?()][\u4e00-\u9fff]", each["zh"]), key


def test_every_text_is_said_somewhere_and_none_is_missing():
    page = (STATIC / "page.html").read_text("utf-8")
    code = "\n".join(each.read_text("utf-8") for each in STATIC.glob("*.js") if each.name != "texts.js")
    said = set(re.findall(r'data-(?:text|label|hint)="(\w+)"', page)) | set(re.findall(r'\bsay\("(\w+)"', code))
    assert said <= set(TEXTS)
    origins = {"running", "folder", "shipped"}  # of documents, as the hub names them
    assert [key for key in TEXTS if key not in said | origins and not re.search(rf'"{key}"|\b{key}:', code)] == []


def test_no_text_stands_in_the_page_itself():
    page = re.sub(
        r"<noscript>.*?</noscript>|<!--.*?-->", "", (STATIC / "page.html").read_text("utf-8"), flags=re.DOTALL
    )
    left = {each.strip() for each in re.findall(r">([^<]+)<", page) if each.strip()}
    names = {"Licet", "中文", "English", "licet mapping page"}
    assert left - names <= {"UTF-8", "UTF-8 BOM", "GBK", "GB18030", "JSON", "XML"}
    code = "\n".join(each.read_text("utf-8") for each in STATIC.glob("*.js") if each.name != "texts.js")
    assert not CHINESE.search(code.replace("、", ""))


def themes() -> dict[str, dict[str, str]]:
    light, _, dark = (STATIC / "page.css").read_text("utf-8").partition("@media (prefers-color-scheme: dark)")
    return {name: dict(re.findall(r"--([\w-]+): (#\w+)", text)) for name, text in (("light", light), ("dark", dark))}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(each * 2 for each in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_ink_can_be_read_on_its_ground(theme):
    colours = themes()[theme]
    pairs = [*((ink, ground) for ink in INKS for ground in GROUNDS), *SOFT, ("pane", "accent")]
    for ink, ground in pairs:
        one, other = sorted((luminance(colours[ink]), luminance(colours[ground])))
        assert (other + 0.05) / (one + 0.05) >= 4.5, (theme, ink, ground)
