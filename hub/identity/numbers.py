"""Certificate numbers, as they are compared."""

import unicodedata


def normal(number: str) -> str:
    """A certificate number as it is compared: without spaces, hyphens, case and width."""
    narrow = unicodedata.normalize("NFKC", number)
    return "".join(each for each in narrow if not each.isspace() and not _is_dash(each)).upper()


def _is_dash(char: str) -> bool:
    return unicodedata.category(char) == "Pd" or char == "\N{MINUS SIGN}"
