"""`glue`, for the page: the numbers of the prose come from the build and stay as they are."""


def glue(name: str, value: object, display: bool = True) -> None:
    """Keep nothing."""
