"""A book of one page, built by Sphinx with extensions of ours: what a test of theirs looks at."""

from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from tests.places import ROOT

CONF = """
import sys
sys.path.insert(0, {folder!r})
extensions = ["myst_nb", "sphinx_design", *{extensions!r}]
numfig = math_numfig = True
nb_execution_mode = "force"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath"]
# as in _config.yml: glue keeps values under a mime type that no page shows
suppress_warnings = ["mystnb.unknown_mime_type"]
nb_execution_raise_on_error = True
exclude_patterns = ["_build"]
"""
HEAD = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---

"""


@dataclass(frozen=True)
class Built:
    """The page as HTML, the warnings of the build, and the folder of the site."""

    page: str
    warnings: str
    site: Path


def build(folder: Path, page: str, *extensions: str, settings: str = "") -> Built:
    """Build one page, as the first chapter, in `folder`; `settings` are further lines of conf.py."""
    conf = CONF.format(folder=str(ROOT / "book/extensions"), extensions=extensions)
    (folder / "conf.py").write_text(conf + settings)
    (folder / "index.md").write_text(HEAD + "# Book\n\n```{toctree}\n:numbered:\npage\n```\n")
    (folder / "page.md").write_text(HEAD + page)
    warnings = StringIO()
    site = folder / "_build/html"
    with docutils_namespace():
        places = [str(place) for place in (folder, folder, site, folder / "_build/trees")]
        Sphinx(*places, "html", status=None, warning=warnings).build()
    # other tests of this process have started Sphinx, too
    told = [line for line in warnings.getvalue().splitlines() if "already registered" not in line]
    return Built((site / "page.html").read_text(), "\n".join(told), site)
