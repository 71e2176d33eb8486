"""The small world: where it is put together."""

from pathlib import Path

import pytest

from autograde.sandbox import world
from autograde.sandbox.view import Mount


def test_the_root_is_put_together_where_nothing_of_it_lies(tmp_path, monkeypatch):
    places = [tmp_path / name for name in ("missing", "first", "second")]
    monkeypatch.setattr(world, "PLACES_FOR_ROOT", tuple(map(str, places)))
    for place in places[1:]:
        (place / "python").mkdir(parents=True)
    assert world._free_folder([Mount(Path("/usr"), True)]) == str(places[1])
    assert world._free_folder([Mount(places[1] / "python", True)]) == str(places[2])
    with pytest.raises(OSError, match="lies in each"):
        world._free_folder([Mount(place / "python", True) for place in places[1:]])
