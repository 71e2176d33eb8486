"""What gets through in the confinement of a container, which promises less: by attack, how it is told and what it is.

The page on security has all of it in its table. Nothing of it earns a point or shows what is hidden.
"""

from tests.hostile.attack import Attack

IN_CONTAINER = {
    "reads-secret-package": {"solutions can be imported": "a path says whether a file is there; it cannot be opened"},
}


def unknown(attack: Attack, fails: list[str], in_container: bool) -> list[str]:
    """Those of an attack's failures that nobody knows of."""
    known = IN_CONTAINER.get(attack.name, {}) if in_container else {}
    return [fail for fail in fails if not any(f"PWNED: {told}" in fail for told in known)]
