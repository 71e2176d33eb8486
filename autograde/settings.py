"""The name under which course folders' nbgrader_config.py finds the settings."""

from autograde.course.settings import configure

__all__ = ["configure"]
