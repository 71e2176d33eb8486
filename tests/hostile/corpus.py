"""All attacks, by theme."""

from __future__ import annotations

from dataclasses import replace

from tests.hostile import (
    escape,
    exfiltration,
    exhaustion,
    files,
    frameworks,
    inside_python,
    kernel,
    names,
    persistence,
    protocol,
    rendering,
)
from tests.hostile.attack import Attack

# In this order: `persistence` ends with submissions that look for what the others left behind.
THEMES = (
    *(inside_python, frameworks, files, names, rendering, exfiltration, protocol),
    *(exhaustion, escape, kernel, persistence),
)


def corpus() -> list[Attack]:
    """Every attack with the name of its theme."""
    return [
        replace(attack, theme=theme.__name__.rsplit(".", 1)[1].replace("_", " "))
        for theme in THEMES
        for attack in theme.ATTACKS
    ]
