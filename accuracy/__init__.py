"""How often the deployed chain is right, beside Keras, on any folder of labelled photos: `make accuracy`."""

import tests  # noqa: F401 - for the import path of the scripts' and actions' modules
