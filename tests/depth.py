"""How many examples Hypothesis tries."""

from hypothesis import HealthCheck, settings

FAST = "fast"
MOST_IN_FAST = 25
# Hypothesis would fail an example of 0.2 s of the clock, or slow drawing: both say how busy the machine is.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", **PATIENT)
settings.register_profile(FAST, max_examples=MOST_IN_FAST, **PATIENT)
settings.load_profile("default")  # pytest loads another one afterwards, if it was asked for


def examples(many: int) -> int:
    """This many, and no more than 25 in the fast tier (`--hypothesis-profile=fast`)."""
    return min(many, MOST_IN_FAST) if settings.get_current_profile_name() == FAST else many
