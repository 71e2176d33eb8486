"""nbgrader's settings for this course, shared by nbgrader_config.py and by our own commands."""

from __future__ import annotations

from pathlib import Path

from traitlets.config import Config

import autograde

TEMPLATES = Path(autograde.__file__).parent / "reports/templates"
COURSE_ID = "unrolled"
CODE_STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
SECONDS_PER_CELL = 60
EXCHANGE = "/usr/local/share/nbgrader/exchange"  # nbgrader's own, where the settings name no other

# What nbgrader_config.py of a course folder says.
CONFIG_FILE = '''"""nbgrader's settings; change or add your own below (late penalties, a PostgreSQL gradebook, …)."""

from autograde.settings import configure

c = get_config()  # noqa: F821  (nbgrader provides it)
configure(c)
'''


def configure(c: Config) -> None:
    """Set what plain `nbgrader …` and formgrader need to work on this course as our own commands do."""
    c.CourseDirectory.course_id = COURSE_ID
    c.ClearSolutions.code_stub = {"python": CODE_STUB}
    c.Execute.timeout = SECONDS_PER_CELL
    c.Autograde.exporter_class = "autograde.hub.buttons.Grading"
    c.GenerateAssignment.exporter_class = "autograde.hub.buttons.Releasing"
    c.ExchangeFactory.collect = "autograde.hub.exchange.Collect"
    c.ExchangeFactory.list = "autograde.hub.exchange.List"
    c.ExchangeFactory.release_feedback = "autograde.hub.exchange.ReleaseFeedback"
    c.GenerateFeedback.exporter_class = "autograde.hub.buttons.Explaining"
    # formgrader shows submissions with HTMLExporter and trusts what it shows.
    c.HTMLExporter.preprocessors = ["autograde.reports.rendering.Harmless"]
    c.HTMLExporter.filters = {
        "markdown2html": "autograde.reports.rendering.markdown",
        "highlight_code": "autograde.reports.rendering.code",
    }
