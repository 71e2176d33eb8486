"""nbgrader's settings; change or add your own below (late penalties, a PostgreSQL gradebook, …)."""

from autograde.settings import configure

c = get_config()
configure(c)
