"""How the documentation becomes a site: ``make site`` lays the pages of one language out and calls Sphinx with this."""

import os
import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

language = os.environ["LICET_DOCS_LANGUAGE"]
_CHINESE = language == "zh_CN"
project = "Licet"
copyright = "Licet"
version = release = version_of("licet")
extensions = ["myst_parser", "bigrams"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
myst_url_schemes = {"http": None, "https": None, "english": "../en/{{path}}#{{fragment}}"}  # of a Chinese page
templates_path = ["templates"]
html_static_path = ["static"]
html_css_files = ["site.css"]
html_theme = "furo"
html_title = f"Licet {version}"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/languages.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_context: dict[str, Any] = {
    "other": {"folder": "en", "name": "English"} if _CHINESE else {"folder": "zh", "name": "中文"},
    "versions": "所有版本" if _CHINESE else "All versions",
}
