"""``serve --manifest`` deploys what the real wskdeploy deploys of the same manifest, whatever forms its fields have."""

import base64
import io
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from localwhisk import Json
from localwhisk.entities import from_key_values
from tests.serving import GUEST_KEY, GUEST_UUID, Served, serving
from tests.tools import installed

pytestmark = [
    pytest.mark.tools,
    pytest.mark.skipif(shutil.which("go") is None, reason="wskdeploy is installed with Go, and there is none"),
]

ENVIRONMENT = {"NAME": "env", "NUMBER": "3"}
MANIFEST = """
packages:
  demo:
    version: 1.10
    license: Apache-2.0
    inputs:
      OF_PACKAGE: p
      NAME: string
      typed: { type: string, description: d }
      valued: { type: integer, value: 7 }
      nothing:
    actions:
      inputs:
        function: a.py
        version: 2.0
        inputs:
          string: string
          integer: integer
          float: float
          boolean: boolean
          json: json
          slice: slice
          nothing:
          empty: {}
          described: { description: d }
          typed: { type: integer }
          typed_json: { type: json }
          value: { value: 5 }
          default: { type: string, default: five }
          value_and_default: { type: string, value: six, default: five, required: true }
          variable: { type: string, value: "x-${NAME}-y" }
          variable_no_string: { type: integer, value: $NUMBER }
          variable_no_type: { value: $NAME }
          variable_unset: $NOTHING
          variable_of_package: $OF_PACKAGE
          variable_of_package_typed: { value: "${OF_PACKAGE}" }
          json_text: { type: json, value: '{"a": 1}' }
          json_object: { type: json, value: { a: $NAME, b: { c: $NAME } } }
          object: { a: $NAME, b: { c: $NAME } }
          list: [1, $NAME]
          list_typed: { value: [1, $NAME] }
          object_that_looks_typed: { type: string, other: 1 }
          type_mismatch: { type: string, value: 5 }
          number: 1.50
          truth: true
      language: { function: a.py, runtime: python }
      no-runtime: { function: a.py }
      old-runtime: { function: a.py, runtime: "python:2" }
      known-runtime: { function: a.py, runtime: "python:3" }
      in-the-manifest: { code: "def main(args): return args", runtime: python }
      folder: { function: code, runtime: "python:3" }
      web: { function: a.py, annotations: { web-export: true } }
    sequences:
      both: { actions: "language, no-runtime", web: true }
"""


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("manifest")
    (folder / "manifest.yaml").write_text(MANIFEST)
    (folder / "a.py").write_text("def main(args): return args\n")
    (folder / "code/inner").mkdir(parents=True)
    (folder / "code/__main__.py").write_text("from inner.more import main\n")
    (folder / "code/inner/more.py").write_text("main = dict\n")
    return folder


def wskdeploy(host: Served, folder: Path) -> None:
    program = str(installed("wskdeploy") / "wskdeploy")
    options = ["--apihost", host.url, "--auth", f"{GUEST_UUID}:{GUEST_KEY}", "-m", str(folder / "manifest.yaml")]
    run = subprocess.run(
        [program, *options],
        env={**ENVIRONMENT, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def deployed(host: Served) -> dict[str, Json]:
    """The package and each of its actions, with what a deployment decides."""
    package = host.http.get("/api/v1/namespaces/_/packages/demo").json()
    names = [action["name"] for action in package["actions"]]
    actions = {name: host.http.get(f"/api/v1/namespaces/_/actions/demo/{name}").json() for name in names}
    return {"": decided(package)} | {name: decided(action) for name, action in actions.items()}


def decided(entity: Json) -> Json:
    return {
        "version": entity["version"],
        "exec": code_as_files(entity.get("exec", {})),
        "parameters": from_key_values(entity["parameters"]),
        "annotations": from_key_values(entity["annotations"]),
    }


def code_as_files(execution: Json) -> Any:
    """Two zips of the same files may differ in dates and order."""
    if not execution.get("binary"):
        return execution
    archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(execution["code"])))
    files = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    return {**execution, "code": files}


def test_both_deploy_the_same(folder: Path, tmp_path: Path) -> None:
    served, by_wskdeploy = tmp_path / "served", tmp_path / "wskdeploy"
    for place in (served, by_wskdeploy):
        place.mkdir()
    with (
        serving(served, "--manifest", folder / "manifest.yaml", **ENVIRONMENT) as ours,
        serving(by_wskdeploy, "--memory", "1024") as theirs,
    ):
        wskdeploy(theirs, folder)
        assert deployed(ours) == deployed(theirs)
        assert len(deployed(theirs)) == 10
