"""Build what the manifest installs: one zip for each Python action, one folder for each Docker action.

    scripts/package.py [--target platform|host]

``platform`` (linux x86_64, CPython 3.11: what OpenWhisk's python:3.11 runs) writes build/package/*.zip. ``host`` (this
machine, this Python: what localwhisk runs) writes build/package/host/*.zip, and there, too, what the image of a Docker
action holds. The modules in a zip are compiled, if the target's Python is here. The same sources, locks and Python give
the same zip, byte for byte. Dependencies are installed once for each lock file.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from fnmatch import fnmatch
from pathlib import Path

from manifest import ACTIONS, ROOT, SHARED, Action

BUILD = ROOT / "build"
NOT_SHIPPED = {
    "Dockerfile",
    "build_model.py",
    "conversion.py",
    "requirements.in",
    "requirements.txt",
}  # of what we wrote
NOT_VENDORED = ("bin", "__pycache__", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
# What no action ever loads: Pillow's other formats, fonts and Tk with their libraries, and what is for developers only.
NOT_LOADED = (
    *("PIL/_avif*", "PIL/_webp*", "PIL/_imagingft*", "PIL/_imagingtk*", "PIL/_imagingmath*", "PIL/_imagingmorph*"),
    *("*/libavif*", "*/libwebp*", "*/libsharpyuv*", "*/libfreetype*", "*/libharfbuzz*", "*/libbrotli*", "*/libpng*"),
    *("PIL/*Plugin.py", "*/tests/*", "*/benchmarks/*", "*.pyi"),
)
LOADED = {"PIL/JpegImagePlugin.py", "PIL/TiffImagePlugin.py"}  # the latter reads EXIF
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date a zip can hold; a real one would change the bytes on every build
PLATFORM_PYTHON = "3.11"
# Reads [source, name in the zip] and writes each module where the import system looks for it.
COMPILE = """
import importlib.util, json, os, py_compile, sys
for source, name in json.load(sys.stdin):
    target = os.path.join(sys.argv[1], importlib.util.cache_from_source(name))
    py_compile.compile(source, target, name, True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""
PLATFORM_TAGS = ("manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_27_x86_64", "manylinux_2_28_x86_64")


def pip_options(target: str) -> list[str]:
    """The options that make pip choose wheels for ``target``."""
    if target == "host":
        return []
    tags = [option for tag in PLATFORM_TAGS for option in ("--platform", tag)]
    return ["--python-version", PLATFORM_PYTHON, "--implementation", "cp", "--only-binary", ":all:", *tags]


def dependencies(action: Action, target: str) -> Path:
    """The folder with the locked dependencies of ``action``."""
    return installed(action.folder / "requirements.txt", BUILD / "dependencies" / target / action.name, target)


def installed(lock: Path, folder: Path, target: str) -> Path:
    """``folder`` with what ``lock`` names, installed anew if the lock or the Python changed since."""
    python = sysconfig.get_platform() + sys.version if target == "host" else " ".join(PLATFORM_TAGS)
    wanted = hashlib.sha256(lock.read_bytes() + python.encode()).hexdigest()
    stamp = folder.with_suffix(".stamp")
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"package: installing the dependencies of {folder.name} for {target}", flush=True)
        stamp.unlink(missing_ok=True)  # until it is written again, the folder counts as incomplete
        shutil.rmtree(folder, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        options = ["--require-hashes", "--no-deps", "--target", str(folder), "-r", str(lock)]
        subprocess.run([*pip, *pip_options(target), *options], check=True)
        stamp.write_text(wanted)
    return folder


def files(folder: Path) -> dict[str, Path]:
    """Every file below ``folder`` that belongs into an action, by its name there."""
    names = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        str(name): path
        for name, path in names.items()
        if not set(name.parts) & set(NOT_VENDORED) and not is_unused(str(name))
    }


def is_unused(name: str) -> bool:
    return name not in LOADED and any(fnmatch(name, pattern) for pattern in NOT_LOADED)


def sources(action: Action) -> dict[str, Path]:
    """The files that we wrote: the action's own, and those that every action has."""
    own = {name: path for name, path in files(action.folder).items() if name not in NOT_SHIPPED}
    return {**own, **files(SHARED)}


def write_zip(content: dict[str, Path], archive: Path) -> None:
    """Write ``content`` in a fixed order with fixed dates and modes, then move it into place."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    partial = archive.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as zipped:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            zipped.writestr(entry, content[name].read_bytes())
    partial.replace(archive)


def python_of(target: str) -> str | None:
    """The Python that ``target`` runs, to compile for it; None if it is not on this machine."""
    if target == "host" or "{}.{}".format(*sys.version_info) == PLATFORM_PYTHON:
        return sys.executable
    return shutil.which(f"python{PLATFORM_PYTHON}")


def compiled(content: dict[str, Path], python: str, folder: Path) -> dict[str, Path]:
    """The modules of ``content`` compiled into ``folder`` by ``python``, by their names in the zip.

    Python takes them as they are (unchecked hashes, PEP 552): a container can keep none that it compiles itself. One
    bare process compiles all in a fixed order, because what else it has loaded would show in the bytes.
    """
    modules = [[str(content[name]), name] for name in sorted(content) if name.endswith(".py")]
    command = [python, "-I", "-S", "-c", COMPILE, str(folder)]
    subprocess.run(command, input=json.dumps(modules), text=True, check=True, env={"PYTHONHASHSEED": "0"})
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*.pyc"))}


def fingerprint(content: dict[str, Path], python: str | None) -> str:
    """Names, sizes and dates, to tell whether ``content`` or who compiles it changed since the last build."""
    facts = [f"{name} {(stat := path.stat()).st_size} {stat.st_mtime_ns}" for name, path in sorted(content.items())]
    facts.append(f"compiled by {python}")
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def package_zip(action: Action, target: str) -> None:
    """Build the zip of ``action`` unless it is up to date."""
    folder = BUILD / "package" / ("host" if target == "host" else "")
    archive, stamp = folder / f"{action.name}.zip", folder / f"{action.name}.stamp"
    content, python = {**files(dependencies(action, target)), **sources(action)}, python_of(target)
    wanted = fingerprint(content, python)
    if not archive.exists() or not stamp.exists() or stamp.read_text() != wanted:
        stamp.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory() as made:
            write_zip({**content, **(compiled(content, python, Path(made)) if python else {})}, archive)
        stamp.write_text(wanted)
        print(f"package: {archive.relative_to(ROOT)}, {archive.stat().st_size / 1e6:.1f} MB", flush=True)


def package_folder(action: Action) -> None:
    """Lay out on this machine what the image of ``action`` holds, so that it can run without Docker."""
    folder = BUILD / "package" / "host" / action.name
    model = {f"model/{name}": path for name, path in files(BUILD / "model").items()}
    content = {**files(dependencies(action, "host")), **sources(action), **model}
    stamp, wanted = folder.with_suffix(".stamp"), fingerprint(content, python_of("host"))
    if folder.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{action.name}-", dir=folder.parent))
    for name, path in content.items():
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(path, fresh / name)
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    stamp.write_text(wanted)


def link_or_copy(source: Path, target: Path) -> None:
    """A hard link costs nothing; other file systems need a copy. Our sources are copied: editors write in place."""
    if source.is_relative_to(BUILD):
        try:
            os.link(source, target)
            return
        except OSError:
            pass
    shutil.copyfile(source, target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", choices=["platform", "host"], default="platform")
    target = parser.parse_args().target
    if python_of(target) is None:
        print(f"package: no Python {PLATFORM_PYTHON} is here to compile the modules: cold starts take 0.2 s longer")
    for action in ACTIONS:
        if not action.is_image:
            package_zip(action, target)
        elif target == "host":
            package_folder(action)


if __name__ == "__main__":
    main()
