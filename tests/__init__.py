"""The tests. Whatever imports this package can import the modules of the scripts and of every action, too."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "scripts"))

import manifest  # noqa: E402

sys.path += manifest.IMPORT_PATH
