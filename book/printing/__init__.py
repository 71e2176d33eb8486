"""The whole book as one PDF and one EPUB (`make print`), made of the pages that are built, so with their numbers.

`gather` joins the pages in one; `browser` lets MathJax set it; `pdf` and `epub` write what comes of it.
"""
