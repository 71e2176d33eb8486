"""The page for addresses that lead nowhere. A server shows it at any depth, so it loads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

# Without an address, the site's folder is what stands before the first folder of the site.
FIND_ROOT = """\
    const at = location.pathname.search(/\\/(book|bundles|_static)\\//);
    const base = document.createElement("base");
    base.href = at < 0 ? location.pathname.replace(/[^/]*$/, "") : location.pathname.slice(0, at + 1);
    document.head.append(base);
"""
PAGE = """\
<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="robots" content="noindex"/>
    <link rel="icon" href="data:,"/>
    <title>Page not found — {title}</title>
    {base}
    <style>
      :root {{ color-scheme: light dark; --page: #fdfdfb; --ink: #22262e; --link: #17599c; --muted: #5b616c; }}
      @media (prefers-color-scheme: dark) {{
        :root {{ --page: #15191f; --ink: #d9dee5; --link: #86bdf5; --muted: #9ca6b3; }}
      }}
      body {{
        background: var(--page); color: var(--ink); font: 1.05rem/1.6 system-ui, sans-serif;
        margin: 0 auto; max-width: 40rem; padding: 3rem 1.2rem;
      }}
      h1 {{ font: 600 2.1rem/1.2 Charter, Cambria, Georgia, serif; }}
      p {{ color: var(--muted); }}
      ul {{ list-style: none; padding: 0; }}
      a {{ color: var(--link); display: inline-block; padding: 0.55rem 0; }}
      a:focus-visible {{ outline: 3px solid var(--link); outline-offset: 2px; }}
    </style>
  </head>
  <body>
    <main>
      <h1>This page does not exist</h1>
      <p>It may have moved, or the address has a slip. What {title} has:</p>
      <ul>
{links}
        <li><a href="search.html">Search</a></li>
      </ul>
    </main>
  </body>
</html>
"""


def lost_page(title: str, pages: Mapping[str, str], address: str) -> str:
    """HTML of the page.

    Args:
        pages: title and place in the site of each page of the book, in reading order.
        address: the site's address with a slash at its end; empty where none is set.
    """
    base = f'<base href="{escape(address)}"/>' if address else f"<script>\n{FIND_ROOT}    </script>"
    links = "\n".join(f'        <li><a href="{escape(place)}">{escape(name)}</a></li>' for name, place in pages.items())
    return PAGE.format(title=escape(title), base=base, links=links)
