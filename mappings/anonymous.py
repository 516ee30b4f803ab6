"""A transmission without whom it is about: all of it replaced but its structure and what the document itself says."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from mappings import MappingDocument
from mappings.bodies import Path, Rewrite, rewriter
from mappings.cases import written
from mappings.keeping import case_text
from mappings.pseudonyms import other_numbers, pseudonyms, shifted, small_number, weeks_back, words_in
from mappings.records import record_class
from mappings.texts import ACCOUNT
from schemas.errors import PayloadError
from schemas.transmission import Transmission

_MOST_BYTES, _MOST_PLACES = 64 * 1024, 512
_LEAST, _LEAST_HAN = 4, 2
"""So many signs at least does it take to name somebody: of Latin letters and digits, of Chinese."""
_UNITS = frozenset(
    word
    for words in (
        "true false yes no 是 否 h m s min hour hours minute minutes second seconds am pm AM PM P PT H M S T Z",
        "小时 时 分 分钟 秒 学时 课时 天 日 月 年 上午 下午",
    )
    for word in words.split()
)
_NAMES = ("header", "optional_header", "columns", "aliases", "great", "known", "unread", "namespaces", "context")
_FOR_PEOPLE = ("note", "$schema")
_CONTEXT = ("zone", "dialect")
"""What a connector says of its peer in its own words."""
_MEDIA = frozenset(
    f"{kind}/{name}"
    for kind in ("application", "text")
    for name in "json xml csv plain x-www-form-urlencoded x-ndjson octet-stream cloudevents+json".split()  # noqa: SIM905 - one line a list
)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
Way = Callable[[str], str | None]


class Words(NamedTuple):
    """What a document says itself: values that it compares or looks up, names of members and columns; and the words
    of closed lists in the records that it gives."""

    values: frozenset[str]
    names: frozenset[str]
    listed: frozenset[str]

    def parts(self) -> frozenset[str]:
        """The single words of all of them."""
        return frozenset(word for text in self.values | self.names for word in words_in(text))


def words_of(document: MappingDocument) -> Words:
    """What a document says itself."""
    values, names = set(_UNITS), set(ACCOUNT)
    _collect(json.loads(document.text), "", values, names)
    models = (record_class(record) for form in document.forms for record in document.gives(form))
    listed = {text for model in models if model is not None for text in _listed(model.model_json_schema())}
    return Words(frozenset(values | listed), frozenset(names), frozenset(listed))


def _listed(schema: Any) -> Iterator[str]:
    """The texts of all closed lists in a schema."""
    if isinstance(schema, dict):
        yield from (each for each in [*schema.get("enum", ()), schema.get("const")] if isinstance(each, str))
        for inner in schema.values():
            yield from _listed(inner)


def _collect(found: Any, key: str, values: set[str], names: set[str]) -> None:
    if isinstance(found, dict):
        for name, inner in found.items():
            if name not in _FOR_PEOPLE:
                (names if key in _NAMES else values).add(name)
                _collect(inner, key if key in _NAMES and key != "context" else name, values, names)
    elif isinstance(found, list):
        for inner in found:
            _collect(inner, key, values, names)
    elif isinstance(found, bool):
        values.add(str(found).lower())
    elif isinstance(found, str) and (key in _NAMES or "/" in found):
        names.update(part.rpartition(":")[2].lstrip("@") for part in found.split("/"))
        names.update([found] if key in _NAMES else [])
        values.add(found)
    elif found is not None:
        values.add(str(found))


class Anonymous:
    """Replaces what transmissions say, consistently: a word is replaced by the same one wherever it stands.

    ``key`` is random, and nobody keeps it: without it no word leads back.
    """

    def __init__(self, document: MappingDocument, key: bytes) -> None:
        self._document = document
        self._words = words_of(document)
        self._ours = self._words.parts()
        self._replace = pseudonyms(key)
        self._days = weeks_back(int.from_bytes(key[:4], "big"))
        self._moved = shifted(self._days)
        numbers = other_numbers(self._replace)
        self._ways: tuple[Way, ...] = (
            self._replace,
            self._moved,
            lambda text: numbers(text) if self._is_counted(text) else None,
            self._said,
            small_number,
        )

    def of(self, transmission: Transmission) -> Transmission | None:
        """The same transmission about nobody, of which the document makes as much; nothing where that cannot be."""
        if len(transmission.body) > _MOST_BYTES:
            return None
        try:
            form = self._document.document.resolved(self._document.form_of(transmission))
            return self._made(transmission, rewriter(form))
        except (PayloadError, ValueError):
            return None

    def _made(self, transmission: Transmission, rewrite: Rewrite) -> Transmission | None:
        found = _places(transmission, rewrite, self._name)
        wanted = self.shape(transmission)
        around = self._around(transmission)

        def trial(ways: Mapping[Path, Way]) -> Transmission:
            def value(path: Path, text: str) -> str:
                return self._written(ways[path], text) if path in ways else text

            return around._replace(body=rewrite(transmission.body, value, self._name))

        def fits(ways: Mapping[Path, Way]) -> bool:
            try:
                return self.shape(trial(ways)) == wanted
            except ValueError:  # no number any more
                return False

        ways = self._chosen(found, fits) if len(found) <= _MOST_PLACES else None
        if ways is None or not fits(ways):
            return None
        made = trial(ways)
        kept = {*transmission.context.values()} & {*around.context.values()}
        gone = {text for path, texts in found.items() for text in texts if self._written(ways[path], text) != text}
        return None if self._still_told(gone | {*transmission.context.values()} - kept, kept, made) else made

    def _written(self, way: Way, text: str) -> str:
        """A text replaced in a way, else as the document says it, else wholly."""
        tried = (found for each in (way, self._said) if (found := each(text)) is not None)
        return next(tried, None) or self._replace(text)

    def _chosen(
        self, found: Mapping[Path, list[str]], fits: Callable[[Mapping[Path, Way]], bool]
    ) -> dict[Path, Way] | None:
        """For each place the way of replacing that leaves least and of which the document makes as much."""
        full, moved = self._ways[:2]
        timed = {path for path, texts in found.items() if any(moved(each) is not None for each in texts)}
        chosen = {path: moved for path in timed if not fits({path: full})}
        if not fits(chosen):
            chosen = {path: moved for path in chosen if fits({path: moved})}
        for path in found.keys() - chosen.keys():
            way = next((each for each in self._ways if fits({**chosen, path: each})), None)
            if way is None:
                return None
            chosen[path] = way
        return chosen

    def _moved_time(self, text: str) -> str | None:
        return None if text.isdigit() else self._moved(text)

    def _is_counted(self, text: str) -> bool:
        """Whether a text is of numbers and units alone."""
        letters = "".join(each if each.isalpha() else " " for each in text).split()
        return all(each in self._words.values for each in letters)

    def _said(self, text: str) -> str | None:
        """A text that the document itself has, as it is."""
        return text if text.strip() in self._words.values else None

    def _name(self, name: str) -> str:
        if name.rpartition(":")[2].lstrip("@") in self._words.names:
            return name
        begins = next((each for each in self._words.names if each[-1:] == ":" and name.startswith(each)), "")
        return begins + self._replace(name.removeprefix(begins))

    def _around(self, transmission: Transmission) -> Transmission:
        """What was known beside the body: replaced, unless the document has the word itself."""
        context = {
            name: text if name in _CONTEXT else self._written(self._moved_time, text)
            for name, text in transmission.context.items()
        }
        media = transmission.media_type
        return transmission._replace(
            context=context,
            received_at=transmission.received_at + timedelta(days=self._days),
            media_type=media if media in _MEDIA else "application/octet-stream",
            id=None,
            peer="",
            path="",
            content=None,
        )

    def shape(self, transmission: Transmission) -> list[str]:
        """What the document makes of each item, without what it says: kinds of records, fields, words of a list."""
        return [json.dumps(self._shape_of(each), sort_keys=True) for each in written(self._document.read(transmission))]

    def _shape_of(self, found: Any) -> Any:
        if isinstance(found, dict):
            if "fault" in found:
                return found["fault"]
            return {name: self._shape_of(each) for name, each in found.items() if name != "key"}
        if isinstance(found, list):
            return [self._shape_of(each) for each in found]
        return found if found in self._words.listed or isinstance(found, bool) else type(found).__name__

    def _still_told(self, gone: Iterable[str], kept: Iterable[str], made: Transmission) -> bool:
        """Whether a word of what was to be replaced stands in what would be written."""
        case = json.loads(case_text(self._document, made))
        if "body" not in case:
            return True
        said = "\n".join(_texts([case.get("context", {}), case["body"], case["outcomes"]]))
        said = f"{said}\n{unquote_plus(said)}"
        stands, ours = set(words_in(said)), self._ours.union(*map(words_in, kept))
        return any(
            (word in stands if word.isascii() else word in said)
            for text in gone
            if self._moved_time(text) is None
            for word in words_in(text)
            if len(word) >= (_LEAST if word.isascii() else _LEAST_HAN) and word not in ours
            if word == text or not _YEAR.fullmatch(word)
        )


def _places(transmission: Transmission, rewrite: Rewrite, name: Callable[[str], str]) -> dict[Path, list[str]]:
    """The texts at each place."""
    found: dict[Path, list[str]] = {}

    def value(path: Path, text: str) -> str:
        if words_in(text):
            found.setdefault(path, []).append(text)
        return text

    rewrite(transmission.body, value, name)
    return found


def _texts(found: Any) -> Iterator[str]:
    if isinstance(found, dict | list):
        for each in found.values() if isinstance(found, dict) else found:
            yield from _texts(each)
    elif found is not None:
        yield str(found)
