"""Script, style and markup against the pages that people open: feedback, class report, formgrader."""

from __future__ import annotations

from nbformat import NotebookNode

from tests.hostile.attack import EVERYTHING, Attack, Scene, cell, edited, markdown

SCRIPT = "<script>document.title='pwned'</script>"
HANDLERS = (
    "<img src=x onerror=\"document.title='pwned'\"><svg onload=\"document.title='pwned'\"><details open ontoggle=x>"
    "<iframe srcdoc=\"<script>parent.document.title='pwned'</script>\"></iframe><object data=x></object><embed src=x>"
    "<a href=\"javascript:document.title='pwned'\">x</a>"
    "<form action=http://192.0.2.1><input autofocus onfocus=x></form>"
    "<base href=http://192.0.2.1/><meta http-equiv=refresh content='0;url=http://192.0.2.1/'>"
    "<link rel=stylesheet href=http://192.0.2.1/x.css><math><mtext><style><img src=x onerror=x></style></mtext></math>"
)
STYLE = "<style>body{display:none} .points{content:'26'} @import url(http://192.0.2.1/x.css)</style>"
REMOTE = "![x](http://192.0.2.1/x.png) <img src=//192.0.2.1/x.png> [x](javascript:alert(1)) [y](data:text/html,x)"


def shown(name: str, tries: str, text: str) -> Attack:
    """Text cells beside right answers."""

    def edit(notebook: NotebookNode, scene: Scene) -> None:
        notebook.cells.insert(0, markdown(text, "top"))
        notebook.cells.append(markdown(text, "bottom"))

    return edited(name, tries, edit, right=EVERYTHING, stock_safe=True)


def displayed(name: str, tries: str, data: str) -> Attack:
    """An output of this type beside right answers."""
    code = f"from IPython.display import display\ndisplay({data}, raw=True)"
    return cell(name, tries, code, right=EVERYTHING, stock_safe=True)


def _attached(notebook: NotebookNode, scene: Scene) -> None:
    made = markdown("![x](attachment:x.svg)", "attached")
    made["attachments"] = {"x.svg": {"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{SCRIPT}</svg>"}}
    notebook.cells.insert(0, made)


def _widget(notebook: NotebookNode, scene: Scene) -> None:
    state = {"x": {"model_name": "HTMLModel", "state": {"value": SCRIPT}}}
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": state}}
    notebook.metadata["title"] = f"</title>{SCRIPT}"
    notebook.metadata["authors"] = [{"name": SCRIPT}]


def _in_ids(notebook: NotebookNode, scene: Scene) -> None:
    for number, one in enumerate(notebook.cells):
        one["id"] = f'"><script>{number}'
        one.metadata["tags"] = [SCRIPT, '"onclick=x']


ATTACKS = [
    shown("script-in-text", "puts a script into a text cell", SCRIPT),
    shown("handlers-in-text", "puts every tag that can run script into a text cell", HANDLERS),
    shown("style-in-text", "puts style sheets into a text cell", STYLE),
    shown("remote-in-text", "loads images from elsewhere", REMOTE),
    shown("heading-of-markup", "puts markup into a heading that may become the title", f"# {SCRIPT}</title>{HANDLERS}"),
    shown(
        "mathematics",
        "puts script into mathematics",
        '$\\href{javascript:alert(1)}{x}$ $$\\unicode{<script>}$$ $\\require{html}\\class{x" onload=x}{y}$',
    ),
    shown("fences", "ends code fences with markup", f"```\n</code></pre>{SCRIPT}\n```\n~~~{{raw}} html\n{SCRIPT}\n~~~"),
    shown(
        "entities",
        "hides markup behind entities and comments",
        "&lt;script&gt;x&lt;/script&gt; <!-- --!><script>x</script> <![CDATA[<script>x</script>]]> &#60;img&#62;",
    ),
    displayed("html-output", "displays HTML", repr({"text/html": SCRIPT + HANDLERS + STYLE, "text/plain": "x"})),
    displayed("script-output", "displays JavaScript", repr({"application/javascript": "document.title='pwned'"})),
    displayed(
        "svg-output", "displays SVG", repr({"image/svg+xml": f"<svg onload=x>{SCRIPT}</svg>", "text/plain": "x"})
    ),
    displayed("latex-output", "displays LaTeX", repr({"text/latex": f"$\\href{{javascript:x}}{{y}}$ {SCRIPT}"})),
    displayed("markdown-output", "displays Markdown", repr({"text/markdown": SCRIPT + REMOTE})),
    displayed(
        "image-output",
        "displays an image that ends its attribute",
        repr({"image/png": f'x">{SCRIPT}<"', "image/jpeg": f'x" onerror="x"{SCRIPT}'}),
    ),
    displayed(
        "unknown-output",
        "displays types that viewers run",
        repr(
            {
                "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
                "text/vnd.mermaid": f"graph; {SCRIPT}",
                "application/pdf": "eA==",
                "application/vnd.vega.v5+json": {"data": {"url": "http://192.0.2.1"}},
            }
        ),
    ),
    cell(
        "markup-printed",
        "prints markup and terminal escapes",
        f"""
        import sys
        print({SCRIPT + HANDLERS!r}); print({STYLE!r}, file=sys.stderr)
        print("\\x1b[2J\\x1b]8;;javascript:x\\x07x\\x1b]8;;\\x07\\x1b[31m" + {SCRIPT!r})
    """,
        right=EVERYTHING,
        stock_safe=True,
    ),
    cell(
        "markup-raised",
        "raises errors of markup",
        f"raise ValueError({SCRIPT + HANDLERS!r})",
        right=EVERYTHING,
        stock_safe=True,
    ),
    cell(
        "markup-named",
        "raises errors whose type is named by markup",
        f"raise type({SCRIPT!r}, (Exception,), {{}})({SCRIPT!r})",
        right=EVERYTHING,
        stock_safe=True,
    ),
    cell(
        "markup-in-answers",
        "returns, raises and is named by markup in every answer",
        body=f"raise ValueError({SCRIPT!r})",
        stock_safe=True,
    ),
    edited("attachment", "attaches an image with a script", _attached, right=EVERYTHING, stock_safe=True),
    edited("widgets-and-title", "hides markup in the notebook's metadata", _widget, right=EVERYTHING, stock_safe=True),
    edited("markup-in-ids", "hides markup in the ids and tags of cells", _in_ids, right=EVERYTHING, stock_safe=True),
]
