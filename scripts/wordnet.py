"""Write what the upload page says about labels: the gloss of each class and the kinds of things above it, from WordNet.

    apt-get install wordnet-base && .venv/bin/python scripts/wordnet.py

ImageNet's classes are synsets of WordNet 3.0: a wnid is "n" and the offset of its line in ``data.noun`` (man 5 wndb).
Writes site/data/wordnet.json, and WordNet's licence, which stands at the head of that file, beside it.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
NOUNS = Path("/usr/share/wordnet/data.noun")
LABELS = ROOT / "actions/classify/labels.json"
FOLDER = ROOT / "site/data"
HYPERNYMS = {"@", "@i"}
# They would not tell anybody what is on a photo.
VAGUE = {
    "abstraction", "aquatic vertebrate", "artifact", "causal agent", "chordate", "commodity",
    "consumer goods", "conveyance", "covering", "device", "diapsid", "durables", "entity", "equipment",
    "establishment", "implement", "instrumentality", "living thing", "matter", "mechanical device",
    "mechanism", "natural object", "nutriment", "object", "obstruction", "organism", "physical entity",
    "placental", "plant organ", "plant part", "protective covering", "reproductive structure", "restraint",
    "self-propelled vehicle", "solid", "structure", "substance", "vertebrate", "whole",
}  # fmt: skip


class Synset(NamedTuple):
    name: str
    gloss: str
    hypernyms: list[str]  # offsets


def read_synsets(lines: Iterable[str]) -> dict[str, Synset]:
    """The lines of ``data.noun`` by offset; those that begin with two spaces are the licence."""
    return dict(read_synset(line) for line in lines if not line.startswith("  "))


def read_synset(line: str) -> tuple[str, Synset]:
    """``offset lex_filenum ss_type w_cnt word lex_id … p_cnt (symbol offset pos source/target)… | gloss``."""
    data, _, gloss = line.partition(" | ")
    offset, _file, _type, words, *rest = data.split()
    after_words = 2 * int(words, 16)

    pointers = rest[after_words + 1 :]
    pairs = zip(pointers[0::4], pointers[1::4], strict=False)
    hypernyms = [target for symbol, target in pairs if symbol in HYPERNYMS]

    return offset, Synset(rest[0].replace("_", " "), gloss.strip(), hypernyms)


def ancestors(synsets: dict[str, Synset], offset: str) -> set[str]:
    """All that ``offset`` is a kind of, however far above."""
    above = synsets[offset].hypernyms
    return set(above).union(*(ancestors(synsets, parent) for parent in above))


def describe(synsets: dict[str, Synset], wnids: list[str]) -> dict[str, Any]:
    """``kinds``: names, those of many classes first; ``classes``: by wnid, the gloss and the indices of its kinds."""
    above = {wnid: ancestors(synsets, wnid[1:]) for wnid in wnids}
    members = Counter(kind for kinds in above.values() for kind in kinds)
    named = [kind for kind, count in members.items() if count > 1 and synsets[kind].name not in VAGUE]
    # Of two kinds with the same classes, the one further down is the more specific.
    order = sorted(named, key=lambda kind: (-members[kind], len(ancestors(synsets, kind)), kind))
    index = {kind: place for place, kind in enumerate(order)}
    classes = {
        wnid: [synsets[wnid[1:]].gloss, sorted(index[kind] for kind in kinds if kind in index)]
        for wnid, kinds in above.items()
    }
    return {"kinds": [synsets[kind].name for kind in order], "classes": classes}


def one_line_each(description: dict[str, Any]) -> str:
    """JSON whose changes can be read line by line."""
    rows = ",\n".join(f"{json.dumps(wnid)}: {json.dumps(row)}" for wnid, row in description["classes"].items())
    return f'{{"kinds": {json.dumps(description["kinds"])},\n"classes": {{\n{rows}\n}}}}\n'


def licence(lines: Iterable[str]) -> str:
    """The numbered lines at the head of the file, without their numbers."""
    head = (line.strip().partition(" ")[2].strip() for line in lines if line.startswith("  "))
    return "\n".join(head).strip() + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--nouns", type=Path, default=NOUNS, help="WordNet's data.noun; Debian: apt-get install wordnet-base"
    )
    args = parser.parse_args()
    lines = args.nouns.read_text("utf-8").splitlines()
    wnids = [wnid for wnid, _label in json.loads(LABELS.read_text("utf-8"))]

    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "wordnet.json").write_text(one_line_each(describe(read_synsets(lines), wnids)), "utf-8")
    (FOLDER / "wordnet.LICENSE").write_text(licence(lines), "utf-8")
    print(f"wordnet: {len(wnids)} classes in {FOLDER.relative_to(ROOT)}/wordnet.json")


if __name__ == "__main__":
    main()
