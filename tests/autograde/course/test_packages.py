"""The packages of a bundle and those at grading come from one place."""

import re
from importlib.metadata import version

import pytest

from autograde.course.errors import CourseError
from autograde.course.packages import FOR_ALL, not_in_the_bundle, requirements

PLAIN = not_in_the_bundle(["numpy", "matplotlib.pyplot", "unrolled"])


def test_every_bundle_has_what_plots_at_the_versions_of_grading():
    assert requirements(["numpy"]) == [f"{name}=={version(name)}" for name in ("jupyterlab", *FOR_ALL)]


def test_what_an_assignment_states_is_installed_too_by_the_name_of_its_distribution():
    pins = requirements(["numpy", "torch", "sklearn"])
    assert re.fullmatch(r"torch==[\d.]+", pins[-2])
    assert pins[-1] == f"scikit-learn=={version('scikit-learn')}"


def test_a_package_that_is_not_there_is_named():
    with pytest.raises(CourseError, match="no_such_package"):
        requirements(["numpy", "no_such_package"])


@pytest.mark.parametrize("name", ["numpy", "scipy", "matplotlib", "PIL", "IPython", "ipykernel", "unrolled", "pip"])
def test_what_the_bundle_brings_is_there_at_grading(name):
    assert name not in PLAIN


@pytest.mark.parametrize("name", ["pandas", "sklearn", "sympy", "statsmodels", "ipywidgets", "rich", "torch", "keras"])
def test_what_only_the_grader_has_is_not(name):
    assert name in PLAIN


def test_a_stated_package_comes_with_what_it_needs():
    added = PLAIN - not_in_the_bundle(["numpy", "torch"])
    assert {"torch", "sympy", "networkx"} <= added
    assert not {"keras", "pandas", "sklearn"} & added
