"""The actions' own ``main``, loaded by file path as the platform does, in this process."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import contract
from problem import CATALOGUE, Json

ROOT = Path(__file__).resolve().parents[1]
ACTIONS = ROOT / "actions"
MODEL = ROOT / "tests" / "data" / "model"


def load(folder: Path) -> Callable[[Json], Json]:
    """A fresh ``main`` out of ``folder``: its first call is a cold one."""
    spec = importlib.util.spec_from_file_location(f"{folder.name}_main", folder / "__main__.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(folder / "__main__.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    main: Callable[[Json], Json] = module.main
    return main


def with_model(folder: Path, model: Path = MODEL) -> Path:
    """``folder`` as an action directory of ``classify``, with ``model`` where its image has one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__main__.py").symlink_to(ACTIONS / "classify" / "__main__.py")
    (folder / "model").symlink_to(model)
    return folder


def assert_problem(result: Json, code: str) -> Json:
    """``result`` stops a sequence and becomes the HTTP answer of the catalogue's ``code``; its body."""
    assert set(result) == {"error"}, result
    answer = result["error"]
    contract.check("problem", answer["body"])
    assert (answer["body"]["code"], answer["statusCode"]) == (code, CATALOGUE[code].status), answer["body"]
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    body: Json = answer["body"]
    return body
