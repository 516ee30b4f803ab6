"""Search in Chinese, which has no spaces: pairs of neighbouring characters are the words, in the index and in a query.

A query finds the pages that have all its pairs, however long it is; no dictionary has to know its words.
"""

import re
from typing import Any

from sphinx.search import SearchLanguage

_RUN = r"[\u3400-\u9fff]+"
_WORD = r"[A-Za-z0-9_]+"


class Bigrams(SearchLanguage):
    """Pairs of Chinese characters, a character that stands alone, and Latin words as they are."""

    lang = "zh"
    language_name = "Chinese"
    js_splitter_code = rf"""
var splitQuery = (query) =>
  [...query.matchAll(/{_RUN}|{_WORD}/g)].flatMap(([run]) => {{
    if (!/^{_RUN}$/.test(run) || run.length === 1) return [run];
    return Array.from({{ length: run.length - 1 }}, (_, n) => run.slice(n, n + 2));
  }});
"""

    def split(self, input: str) -> list[str]:
        """The words of a text; each character too, so that one alone is found."""
        found = []
        for run in re.findall(f"{_RUN}|{_WORD}", input):
            if not re.fullmatch(_RUN, run):
                found.append(run)
                continue
            found += [*run, *(run[n : n + 2] for n in range(len(run) - 1))]
        return found

    def stem(self, word: str) -> str:
        """A word in small letters, as the query is."""
        return word.lower()


def setup(app: Any) -> dict[str, bool]:
    """Let Sphinx search Chinese by pairs."""
    app.add_search_language(Bigrams)
    return {"parallel_read_safe": True}
