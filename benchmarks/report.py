"""Writes what was measured as JSON and as a plot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

from unrolled.lab.plotting import draw, use_style

MODES = ("forward", "forward + backward")
NAMES = {"rnn": "RNN", "lstm": "LSTM", "gru_after": "GRU"}


def write(measured: dict[str, Any], folder: Path) -> None:
    """bench.json and bench.svg in `folder`."""
    folder.mkdir(exist_ok=True)
    (folder / "bench.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    (folder / "bench.svg").write_text(plot(measured), encoding="utf-8")
    print(f"written: {folder.name}/bench.json, {folder.name}/bench.svg")


def sizes(entry: dict[str, Any]) -> str:
    """B, T, D, H of one measurement, as the plot labels it."""
    return "{batch}, {steps}, {inputs}, {hidden}".format(**entry["size"])


def plot(measured: dict[str, Any]) -> str:
    """Our time relative to PyTorch per size, with its spread over the runs, one panel per mode, as SVG."""
    use_style()
    ours = [t for t in measured["timings"] if t["side"] == "ours"]
    labels = list(dict.fromkeys(sizes(t) for t in ours))
    fig, panels = plt.subplots(1, len(MODES), figsize=(9, 3.6), sharey=True)
    for axes, mode in zip(panels, MODES, strict=True):
        for cell, name in NAMES.items():
            chosen = [t for t in ours if t["mode"] == mode and t["cell"] == cell]
            ratios, rows = [t["ratio"] for t in chosen], [labels.index(sizes(t)) for t in chosen]
            median = [r["median"] for r in ratios]
            reach = [[r["median"] - r["least"] for r in ratios], [r["most"] - r["median"] for r in ratios]]
            axes.errorbar(median, rows, xerr=reach, fmt="o", label=name)
        axes.axvline(1, color="#000000", linewidth=1)
        axes.set(title=mode, xlabel="time / PyTorch's time", xlim=(0, None))
    panels[0].set(yticks=range(len(labels)), yticklabels=labels, ylabel="B, T, D, H")
    panels[0].invert_yaxis()
    panels[1].legend(loc="best")
    fig.tight_layout()
    return draw(fig)
