"""The reliability diagram, as SVG."""

from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from accuracy.calibration import BINS, Bin, Calibration
from bench.plots import COLOUR, GREY

COLOURS = (COLOUR, "#b45309")  # readable on white and on dark pages, and apart without colours by their markers
MARKERS = ("o", "s")


def reliability(found: Mapping[str, Calibration], title: str, file: Path) -> None:
    """Draw what was found for each of at most two into ``file``: right answers over their probability, and how many."""
    figure = Figure(figsize=(5, 6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    upper.plot([0, 1], [0, 1], color=GREY, linestyle="dotted", linewidth=1, label="as good as its word")
    for number, (name, one) in enumerate(found.items()):
        points(upper, one.bins, number, f"{name}: expected error {one.expected_error:.3f}")
        counts(lower, one.bins, number)

    upper.set(title=title, ylabel="share of right answers", xlim=(0, 1), ylim=(-0.02, 1.02))
    figure.legend(frameon=False, labelcolor=GREY, loc="outside upper left")
    lower.set(xlabel="probability of the first label", ylabel="photos")
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["bottom", "left"]].set_color(GREY)
        axes.tick_params(colors=GREY)
        axes.xaxis.label.set_color(GREY)
        axes.yaxis.label.set_color(GREY)
    figure.savefig(file, transparent=True, metadata={"Date": None})


def points(axes: Axes, bins: list[Bin], number: int, label: str) -> None:
    """A point for each bin, with the interval of its share; the second one stands a little to the right."""
    across = [one.probability + 0.006 * number for one in bins]
    shares = [one.right.share for one in bins]
    reach = [one.right.interval for one in bins]
    errors = [
        [max(0, share - low) for share, (low, _) in zip(shares, reach, strict=True)],
        [max(0, high - share) for share, (_, high) in zip(shares, reach, strict=True)],
    ]
    colour, marker = COLOURS[number], MARKERS[number]
    axes.errorbar(across, shares, errors, color=colour, fmt=marker, markersize=5, elinewidth=1, label=label)


def counts(axes: Axes, bins: list[Bin], number: int) -> None:
    width = 0.4 / BINS
    places = [one.low + (0.08 + 0.44 * number) / BINS for one in bins]
    axes.bar(places, [one.right.of for one in bins], width, align="edge", color=COLOURS[number])
