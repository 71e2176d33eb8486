"""Who gave five stars: MovieLens once more, as a film that is shown to somebody and what he had rated until then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unrolled.data.series import table

NONE = 0  # the number of a film that training does not know, or of no film


@dataclass(frozen=True)
class Shown:
    """Films as they were shown, N of them.

    film: its number, (N,).
    before: the films rated before it by the same person, the last one at the end, (N, w); 0 where there are none.
    stars: what they got, 0.5 to 5, (N, w); 0 where there are none.
    clicked: whether it got five stars, (N,), 0 or 1.
    user: whose it is, (N,).
    """

    film: np.ndarray
    before: np.ndarray
    stars: np.ndarray
    clicked: np.ndarray
    user: np.ndarray

    def of(self, chosen: np.ndarray) -> Shown:
        """Some of them, by a mask (N,) or by places."""
        return Shown(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def load(width: int = 10, borders: tuple[float, float] = (0.7, 0.8), least: int = 5) -> tuple[dict[str, Shown], int]:
    """Parts train, val and test by the time at which a person first rated, and how many numbers films have.

    A person belongs to one part. Films with fewer than `least` ratings in training have the number 0.
    """
    rated = table("dslabs", "movielens").sort_values(["userId", "timestamp", "movieId"], ignore_index=True)
    begins = rated.groupby("userId")["timestamp"].transform("min").to_numpy()
    limits = np.quantile(begins, borders)
    train = begins < limits[0]
    often = rated.loc[train, "movieId"].value_counts()
    names = sorted(often.index[often >= least])
    numbers = rated["movieId"].map({name: n for n, name in enumerate(names, start=1)}).fillna(NONE).to_numpy(dtype=int)
    stars, users = rated["rating"].to_numpy(), rated["userId"].to_numpy()
    place = rated.groupby("userId").cumcount().to_numpy()
    back = np.arange(len(rated))[:, None] - np.arange(width, 0, -1)
    there = np.arange(width, 0, -1) <= place[:, None]
    every = Shown(
        numbers,
        np.where(there, numbers[back], NONE),
        np.where(there, stars[back], 0.0),
        (stars == 5).astype(float),
        users,
    )
    masks = {"train": train, "val": (begins >= limits[0]) & (begins < limits[1]), "test": begins >= limits[1]}
    return {part: every.of(mask) for part, mask in masks.items()}, len(names) + 1
