"""The benchmark behind every performance claim: `make bench`."""

import tests  # noqa: F401 - for the import path of the scripts' and actions' modules
