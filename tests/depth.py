"""How many examples Hypothesis tries."""

from hypothesis import settings

FAST = "fast"
MOST_IN_FAST = 25
settings.register_profile(FAST, max_examples=MOST_IN_FAST)


def examples(many: int) -> int:
    """This many, and no more than 25 in the fast tier (`--hypothesis-profile=fast`)."""
    return min(many, MOST_IN_FAST) if settings.get_current_profile_name() == FAST else many
