"""docs/benchmarks.md: each part's tables and plots between two marks, the prose around them written by people."""

import re
from collections.abc import Sequence
from pathlib import Path

from bench import goals, table
from bench.measurement import Run, read
from manifest import ROOT

DOCUMENT = ROOT / "docs" / "benchmarks.md"
PARTS = ("inference", "coldstart", "chain", "scale")
DEPLOYED = ("deployed-coldstart", "deployed-chain")
RATIOS = {
    "inference": table.Ratio("warm", "Keras predict"),
    "coldstart": table.Ratio("start to first answer", "classify"),
    "chain": table.Ratio("answer", "sequence of four"),
}
RATIOS |= {"deployed-chain": RATIOS["chain"], "deployed-coldstart": table.Ratio("first answer", "sequence of four")}


def write(document: Path, folder: Path) -> None:
    """Put what the JSON files in ``folder`` hold into ``document``, and draw their plots."""
    from bench import plots  # matplotlib is in the benchmark's own environment only

    runs = {file.stem: read(file) for file in sorted(folder.glob("*.json"))}
    text = document.read_text("utf-8")
    for name, run in runs.items():
        pictures = plots.draw(run, folder)
        links = "\n".join(f"![{title}]({folder.name}/{file.name})" for title, file in pictures.items())
        text = replaced(text, name, "\n\n".join(part for part in (conditions(run), tables(run), links) if part))
    text = replaced(text, "goals", goals.markdown(runs))
    document.write_text(text, encoding="utf-8")


def replaced(text: str, name: str, content: str, command: str = "make bench") -> str:
    """``text`` with ``content`` between the marks of ``name``; ``ValueError`` where there are none."""
    begin, end = f"<!-- {name}: made by {command} -->", f"<!-- end of {name} -->"
    if begin not in text or end not in text:
        raise ValueError(f"expected the marks {begin} and {end}")
    return re.sub(
        f"{re.escape(begin)}.*{re.escape(end)}", lambda _: f"{begin}\n{content}\n{end}", text, flags=re.DOTALL
    )


def conditions(run: Run) -> str:
    """One line on where, when and with what."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in run.facts.items()) + "."


def tables(run: Run) -> str:
    names: Sequence[str] = list(dict.fromkeys(one.table for one in run.measurements))
    parts = []
    for name in names:
        rows = [one for one in run.measurements if one.table == name]
        parts.append(f"### {name[0].upper()}{name[1:]}\n\n{table.markdown(rows, RATIOS.get(run.part))}")
    return "\n\n".join(parts)
