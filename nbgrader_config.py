"""nbgrader's settings; change or add your own below (due dates, a PostgreSQL gradebook, …)."""

from autograde.settings import configure

c = get_config()  # noqa: F821  (nbgrader provides it)
configure(c)
