"""The file of the model is damaged while classify has it open."""

import os
import shutil
from pathlib import Path

import httpx

from tests.faults.conftest import check_no_orphans, check_records
from tests.pictures import jpg, smooth
from tests.serving import ROOT, Served, serving

PHOTO = jpg(smooth(256, 256))


def test_a_model_that_is_damaged_while_it_is_in_use(tmp_path: Path) -> None:
    # GIVEN a classify that has answered
    image = tmp_path / "classify"
    shutil.copytree(ROOT / "build/package/host/classify", image, copy_function=os.link)
    model = image / "model/nasnet_mobile.tflite"
    content = model.read_bytes()
    model.unlink()  # it is a link to the file of all
    model.write_bytes(content)
    environment = {"CLASSIFY_IMAGE": "mine:1", "PACKAGE_TARGET": "host"}
    with serving(tmp_path, "--manifest=manifest.yaml", f"--image=mine:1={image}", **environment) as host:
        expected = classified(host).json()["predictions"]

        # WHEN its file, which is mapped into its memory, loses most of its content
        os.truncate(model, 1000)

        # THEN it crashes, and from then on callers are told why there is no answer
        assert classified(host).status_code == 400
        assert host.records("classifier/classify")[0]["response"]["status"] == "action developer error"
        for _ in range(2):
            told = classified(host)
            assert (told.status_code, told.json()["code"]) == (503, "model-unavailable")
        check_records(host)
        check_no_orphans(host)

        # AND once it is whole again, the next version of the action works
        model.write_bytes(content)
        renew(host)
        assert classified(host).json()["predictions"] == expected


def classified(host: Served) -> httpx.Response:
    return httpx.post(host.classify_url, content=PHOTO, headers={"Content-Type": "image/jpeg"}, timeout=60)


def renew(host: Served) -> None:
    """classify gets its next version, and with it new containers."""
    host.http.put("/api/v1/namespaces/_/actions/classifier/classify?overwrite=true", json={}).raise_for_status()
