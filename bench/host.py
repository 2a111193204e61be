"""A localwhisk of our own, with the classifier and the naive function on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.platform import Platform
from target import Target
from tests.serving import GUEST_KEY, GUEST_UUID, serving

CLASSIFY, NAIVE = "classifier-classify:bench", "classifier-naive:bench"
MEMORY_MB = 2048
TOKEN = "bench"  # noqa: S105 - of a host that lives for the run


@contextmanager
def localwhisk(
    folders: dict[str, Path],
    memory_mb: int = MEMORY_MB,
    docker: bool = False,
    prepare: Callable[[Path], None] = lambda _: None,
) -> Iterator[Platform]:
    """The host on a free port, gone afterwards.

    ``folders`` are the unpacked actions of images, by image; ``prepare`` fills the folder of its data beforehand.
    """
    images = ["--docker"] if docker else [f"--image={image}={folder}" for image, folder in folders.items()]
    options = ["--manifest", "manifest.yaml", "--memory", str(memory_mb), *images]
    environment = {"PACKAGE_TARGET": "" if docker else "host", "CLASSIFY_IMAGE": CLASSIFY}
    environment["CLASSIFIER_ADMIN_TOKEN"] = TOKEN
    with TemporaryDirectory() as folder:
        prepare(Path(folder) / "data")
        with serving(Path(folder), *options, **environment) as served:
            yield Platform(Target(served.url, GUEST_UUID, GUEST_KEY))
