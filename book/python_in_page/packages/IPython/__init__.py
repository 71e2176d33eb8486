"""What the course's cells use of IPython, for the page."""

version_info = (9, 0, 0)  # Matplotlib asks


def get_ipython() -> None:
    """There is no shell in the page."""
