"""Fuzz one target until its time is over or an input shows a fault.

    python -m fuzz request|header|decode|contracts --seconds 60

Runs in the environment of scripts/fuzz. Interesting inputs are kept in build/fuzz/<target> for the next run; an input
that shows a fault is written to build/fuzz/finds, and ``--input FILE`` tries it again.
"""

import argparse
import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "fuzz"
sys.path[:0] = [str(ROOT / "scripts")]

import manifest  # noqa: E402 - it says where the actions are, and that goes before their import

sys.path[:0] = manifest.IMPORT_PATH

WATCHED = ["contract", "decoder", "jpeg_header", "judge", "multipart", "request"]  # whose branches guide it
LONGEST_INPUT = 4096  # bytes: short inputs are tried a thousand times a second
TIMEOUT_S = 20  # for an input that never ends; the properties themselves ask for 2 s of processor time
MEMORY_MB = 128  # what the action has


def main() -> None:
    with atheris.instrument_imports(include=WATCHED):
        import multipart  # noqa: F401 - the request parser imports it only when a form arrives

        from fuzz.targets import TARGETS

    parser = argparse.ArgumentParser(description="Fuzz one target.")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--input", type=Path, help="try this one input and nothing else")
    wanted = parser.parse_args()
    target = TARGETS[wanted.target]()

    corpus, finds = FOLDER / wanted.target, FOLDER / "finds"
    for folder in (corpus, finds):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)

    limits = [
        f"-max_total_time={wanted.seconds}",
        f"-max_len={LONGEST_INPUT}",
        f"-timeout={TIMEOUT_S}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-artifact_prefix={finds}/{wanted.target}-",
        "-print_final_stats=1",
    ]
    inputs = [str(wanted.input)] if wanted.input else [str(corpus)]
    atheris.Setup([sys.argv[0], *limits, *inputs], target.holds)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
