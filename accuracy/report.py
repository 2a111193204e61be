"""accuracy.md: the tables of a run."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import isnan

from accuracy.dataset import Label
from accuracy.results import CHAIN, KERAS, Fit, Found, Run, model_name
from accuracy.scores import Agreement, Share
from bench.table import lines

NAMED = 20  # lines of a list; accuracy.json has all
PUBLISHED = ["crop, published for these weights", "50,000", "74.4 %", "91.9 %"]  # keras-team/keras-applications, README
STAND_IN = (
    "**These are stand-in weights**, not trained on ImageNet: the numbers compare the chain with Keras and say nothing "
    "about NASNetMobile."
)


def markdown(run: Run, labels: Sequence[Label]) -> str:
    """``reliability-<fit>.svg`` and ``mistakes.html`` are expected beside it."""
    parts = [
        "# Accuracy",
        facts(run),
        STAND_IN if run.model["weights"] != "imagenet" else "",
        scores(run),
        agreements(run.fits),
        calibrations(run.fits),
        confusions(run.fits, labels),
        "The surest mistakes, with their pictures: [mistakes.html](mistakes.html).",
        *(not_counted(name, one) for name, fit in run.fits.items() for name, one in named(name, fit)),
        left_out(run.left_out.items()),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def named(fit_name: str, fit: Fit) -> Iterable[tuple[str, Found]]:
    return ((f"{fit_name}, {who}", found) for who, found in fit.found.items())


def facts(run: Run) -> str:
    rows = {**run.facts, "model": model_name(run.model)}
    return lines([["", ""], ["---", "---"], *([name.replace("_", " "), str(value)] for name, value in rows.items())])


# Tables


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Its first column has words, the others numbers."""
    return lines([titles, ["---", *["---:"] * (len(titles) - 1)], *rows])


def scores(run: Run) -> str:
    rows = [score_row(name, one) for fit_name, fit in run.fits.items() for name, one in named(fit_name, fit)]
    if run.model["weights"] == "imagenet" and "crop" in run.fits:
        rows.append([*PUBLISHED, "", ""])
    text = "In brackets the intervals of 95 % confidence (Wilson). What was refused or not answered is not counted."
    return f"{table(['', 'photos', 'top-1', 'top-5', 'refused', 'not answered'], rows)}\n\n{text}"


def score_row(name: str, one: Found) -> list[str]:
    first, five = one.score
    return [name, f"{first.of:,}", percent(first), percent(five), f"{len(one.refused):,}", f"{len(one.unanswered):,}"]


def percent(share: Share) -> str:
    """Such as ``74.4 % (74.0–74.7)``."""
    if not share.of:
        return "–"
    low, high = share.interval
    return f"{100 * share.share:.1f} % ({100 * low:.1f}–{100 * high:.1f})"


def agreements(fits: Mapping[str, Fit]) -> str:
    rows = [agreement_row(name, fit.agreement) for name, fit in fits.items() if fit.agreement]
    titles = ["", "photos", "same first label", "same five labels", "only the chain right", "only Keras right"]
    difference = "difference of the first probability: median, most"
    return f"## Agreement with Keras\n\n{table([*titles, difference], rows)}" if rows else ""


def agreement_row(name: str, one: Agreement) -> list[str]:
    first, five = one.same_first, one.same_five
    right = [f"{one.only_first_right:,}", f"{one.only_second_right:,}"]
    return [name, f"{first.of:,}", percent(first), percent(five), *right, ", ".join(map(decimal, one.difference))]


def decimal(value: float) -> str:
    return "–" if isnan(value) else f"{value:.3f}"


def calibrations(fits: Mapping[str, Fit]) -> str:
    rows = [
        [name, decimal(one.calibration.probability), decimal(one.score.top_1.share), decimal(expected_error(one))]
        for fit_name, fit in fits.items()
        for name, one in named(fit_name, fit)
    ]
    text = (
        "The expected calibration error is how far the probability of the first label is from the share of right "
        "answers, on average over the photos: 0 where 8 of 10 answers with 0.8 are right."
    )
    titles = ["", "mean probability of the first label", "right", "expected calibration error"]
    pictures = "\n".join(f"![Reliability diagram, {name}](reliability-{name}.svg)" for name in fits)
    return f"## Calibration\n\n{text}\n\n{table(titles, rows)}\n\n{pictures}"


def expected_error(one: Found) -> float:
    return one.calibration.expected_error if one.score.top_1.of else float("nan")


def confusions(fits: Mapping[str, Fit], labels: Sequence[Label]) -> str:
    """Those of the chain with the first ``fit``."""
    name, fit = next(iter(fits.items()))
    rows = [
        [f"{one.times:,}", text(labels[one.label]), text(labels[one.answered])]
        for one in fit.found[CHAIN].confusions[:NAMED]
    ]
    tabled = lines([["times", "is", "taken for"], ["---:", "---", "---"], *rows]) if rows else "None."
    return f"## What is taken for what ({name})\n\n{tabled}"


def text(label: Label) -> str:
    return f"{label.name} ({label.wnid})"


# Lists


def not_counted(name: str, one: Found) -> str:
    """What was refused and why, and what was not answered."""
    parts = []
    if one.refused:
        codes = Counter(reason.partition(":")[0] for reason in one.refused.values())
        summary = ", ".join(f"{count:,} {code}" for code, count in codes.most_common())
        entries = [f"`{photo}`: {reason}" for photo, reason in one.refused.items()]
        parts.append(f"## Refused ({name}): {summary}\n\n{listed(entries)}")
    if one.unanswered:
        entries = [f"`{photo}`" for photo in one.unanswered]
        again = "The same command asks for them again."
        parts.append(f"## Not answered ({name}): {len(one.unanswered):,}\n\n{again}\n\n{listed(entries)}")
    return "\n\n".join(parts)


def left_out(reasons: Iterable[tuple[str, list[str]]]) -> str:
    parts = [f"### {len(names):,}: {reason}\n\n{listed([f'`{name}`' for name in names])}" for reason, names in reasons]
    return "\n\n".join(["## Files that were not asked for", *parts]) if parts else ""


def listed(entries: Sequence[str]) -> str:
    more = [f"and {len(entries) - NAMED:,} more, in accuracy.json"] if len(entries) > NAMED else []
    return "\n".join(f"- {entry}" for entry in [*entries[:NAMED], *more])


# On the console


def summary(run: Run) -> str:
    """A line for each row of the first two tables."""
    rows = [score_row(name, one) for fit_name, fit in run.fits.items() for name, one in named(fit_name, fit)]
    scored = [
        f"{name:<15} {photos:>7} photos  top-1 {first:<22} top-5 {five}" for name, photos, first, five, *_ in rows
    ]
    agreed = [
        f"{name:<15} the same first label as {KERAS}: {percent(fit.agreement.same_first)}"
        for name, fit in run.fits.items()
        if fit.agreement
    ]
    return "\n".join(scored + agreed)
