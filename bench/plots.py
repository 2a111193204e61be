"""The plots of a run, as SVG."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from bench.measurement import Measurement, Run
from bench.sample import median, spread
from bench.table import shown

# part: the tables and the quantity that are drawn as bars
BARS = {
    "inference": [("inference, one thread", "warm"), ("inference, one thread", "start to first answer")],
    "coldstart": [("cold start of one action, as a process", "start to first answer")],
    "chain": [("chain, warm, one caller", "answer"), ("chain, edges for one photo", "size")],
    "scale": [("scale, 2048 MB for all containers", "photos a second, warm")],
}
COLOUR, GREY = "#0b5394", "#666666"  # readable on white and on dark pages
matplotlib.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none", "text.color": GREY, "font.size": 9})


def draw(run: Run, folder: Path) -> dict[str, Path]:
    """Draw the plots of ``run`` into ``folder``: the file of each, by its title."""
    drawn = {}
    for table, quantity in BARS.get(run.part, []):
        rows = [one for one in run.measurements if (one.table, one.quantity) == (table, quantity)]
        if rows:
            title = f"{table}: {quantity}"
            drawn[title] = folder / f"{slug(title)}.svg"
            bars(title, rows).savefig(drawn[title], transparent=True, metadata={"Date": None})
    return drawn


def slug(title: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else " " for letter in title.lower()).split())


def bars(title: str, rows: Sequence[Measurement]) -> Figure:
    """A bar for each subject: its median, and a line from the lower to the upper quartile."""
    figure = Figure(figsize=(7, 0.6 + 0.32 * len(rows)), layout="constrained")
    axes = figure.subplots()
    middles = [median(row.samples) for row in rows]
    quartiles = [spread(row.samples) for row in rows]
    errors = [
        [max(0, middle - low) for middle, (low, _) in zip(middles, quartiles, strict=True)],
        [max(0, high - middle) for middle, (_, high) in zip(middles, quartiles, strict=True)],
    ]

    drawn = axes.barh([row.subject for row in rows], middles, xerr=errors, color=COLOUR, ecolor=GREY)
    axes.bar_label(drawn, labels=list(map(shown, middles)), padding=4)
    axes.set_title(f"{title}{f' ({rows[0].unit})' if rows[0].unit else ''}", loc="left")
    axes.invert_yaxis()
    if max(middles) > 50 * min(middles):
        axes.set_xscale("log")
    axes.margins(x=0.15)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=GREY)
    return figure
