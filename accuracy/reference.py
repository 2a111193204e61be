"""Keras's answers to the same photos, from a process with TensorFlow in the model's build environment."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import model
from accuracy.answers import Answer, from_fields
from accuracy.dataset import Photo

SCRIPT = Path(__file__).with_name("keras_reference.py")
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": ""}
SHOWN_OF_ITS_OUTPUT = 3000


class Unavailable(Exception):
    """Why there is nothing of Keras."""


class Reference:
    """Keras's model with one file of weights."""

    def __init__(self, python: Path, weights: Path) -> None:
        self.weights = weights
        self.sha256 = model.digest(weights, "sha256")
        self._python = python

    def is_of(self, version: str) -> bool:
        """Whether a deployed model of this version was made from the same weights."""
        return version.endswith(self.sha256[:12])

    def answers(self, photos: Sequence[Photo], fit: str) -> Iterator[tuple[Photo, Answer]]:
        """In the order of ``photos``, as they come. Raises ``Unavailable`` if the process fails."""
        with TemporaryDirectory() as folder:
            paths, log = Path(folder) / "photos.json", Path(folder) / "log"
            paths.write_text(json.dumps([str(photo.path) for photo in photos]), "utf-8")
            command = [str(part) for part in (self._python, "-P", SCRIPT, self.weights, fit, paths)]
            with log.open("wb") as errors, started(command, errors.fileno()) as process:
                for photo, line in zip(photos, process.stdout or (), strict=False):
                    yield photo, from_fields({"name": photo.name, "version": photo.version, **json.loads(line)})
            if process.returncode:
                raise Unavailable(f"Keras failed: {log.read_text(errors='replace')[-SHOWN_OF_ITS_OUTPUT:]}")


def started(command: Sequence[str], errors: int) -> subprocess.Popen[bytes]:
    """A process of its own session: Ctrl-C is for who reads its answers."""
    environment = {**os.environ, **QUIET}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, start_new_session=True)


def available() -> Reference:
    """The model with the weights that NASNET_WEIGHTS names, else with Keras's own, which are fetched, as is TensorFlow
    where it is not installed yet. Raises ``Unavailable``."""
    named = os.environ.get("NASNET_WEIGHTS")
    if named and not Path(named).is_file():
        raise Unavailable(f"NASNET_WEIGHTS names {named}, but there is no such file")
    try:
        weights = Path(named) if named else model.published_weights()
        return Reference(model.environment(), weights)
    except model.NotFetched as error:
        raise Unavailable(f"{error}; NASNET_WEIGHTS names a file of weights that is here") from error
    except (subprocess.CalledProcessError, SystemExit) as error:
        raise Unavailable(f"TensorFlow cannot be installed: {error}") from error
