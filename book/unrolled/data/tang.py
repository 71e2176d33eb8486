"""Tang poems, from the publisher's JSON: 12,000 of the *Complete Tang Poems*; for recorded experiments."""

from __future__ import annotations

import json
from pathlib import Path

from unrolled.data.published import Published
from unrolled.lab.verse import QUATRAIN

SET = Published(
    folder="tang",
    files={
        "poet.tang.0.json": "4f88f429938082523cdc72a1612bd7a7c3e3f7a33f8192c61ae51340efc3c92d",
        "poet.tang.1000.json": "6e703b8d8dcedbd6110f6d48d043665ca2131db2035a5bfcef5e59a19aeb6d75",
        "poet.tang.2000.json": "ec28efa7e2ae9cdbbba09f0ed186e32ccae47a325ad1e5816b7ad56071c1665a",
        "poet.tang.3000.json": "9e4ba2323752b6b9fbdba875cdbc6a26636fe0cabc85fd066370d4915952001f",
        "poet.tang.4000.json": "b8a7946c879b9658a6c667a4c55f776fae7e5e00a17789ab06b274c1429afc66",
        "poet.tang.5000.json": "a0306e6962cff01639ad9a00b042a201b8dec1f30fa5d768a7b112589887861e",
        "poet.tang.6000.json": "982a21d2b15922b406911f1c825785054314c686da86b2155d7aebb362d22771",
        "poet.tang.7000.json": "a6fb69d7b4343c904dc56ae5aae34facc2478d196b51c37ceba9d1e2f171b342",
        "poet.tang.8000.json": "ac3848e95b02736168003863795de4474838c2d6a71a24ca2a4a280ea5177773",
        "poet.tang.9000.json": "b99d6596e3a1fe1a661652383083f92d196b8baf4e461d087081d5e1e1b7a51f",
        "poet.tang.10000.json": "b97d1c5509ab62f5b433dee2020c11c4deda4542e276683d1ada6619c34c2113",
        "poet.tang.11000.json": "9adf1835246053c821d99af39ce9092e14a94e1baf91740098bd9fc6f6f1cd27",
    },
    source="It is folder dist/quantangshi of version 2.0.1 of the npm package chinese-poetry (MIT; npm pack "
    "chinese-poetry@2.0.1); the poems are in the public domain.",
)


def quatrains(root: Path | None = None) -> list[str]:
    """All quatrains of the files, in their order, each once, in traditional characters, with their punctuation.

    A quatrain is what `read` takes for one. Raises what `Published.path` and `read` raise.
    """
    return list(dict.fromkeys(poem for name in SET.files for poem in read(SET.text(name, root))))


def read(text: str) -> list[str]:
    """The quatrains of one file: poems of four lines, and the first four lines of poems of eight.

    All four lines have five characters, or all have seven. Each paragraph of the file holds two lines.

    Raises:
        ValueError: the text is no JSON list of poems with `paragraphs`.
    """
    try:
        poems = [poem["paragraphs"] for poem in json.loads(text)]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"this is no list of poems in the format of chinese-poetry: {error!r}") from None
    openings = ["".join(paragraphs[:2]) for paragraphs in poems if len(paragraphs) in (2, 4)]
    return [poem for poem in openings if QUATRAIN.fullmatch(poem)]
