"""localwhisk as a process: what it starts, what it says, and what is left of it at the end."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from localwhisk import Json
from localwhisk.containers.process import PYTHON_RUNTIME
from tests.serving import GUEST_KEY, GUEST_UUID, LOCALWHISK, Served, eventually, serving
from tests.zips import zipped

ACTIONS = {
    "echo": """
def main(args):
    print("echoing")
    return args
""",
    "where": """
import os
def main(args):
    return {"pid": os.getpid(), "env": dict(os.environ), "cwd": os.getcwd()}
""",
    "grow": """
import time
def main(args):
    kept = bytearray(args["bytes"])
    time.sleep(2)
    return {"kept": len(kept)}
""",
    "sleep": """
import time
def main(args):
    time.sleep(args["seconds"])
    return {}
""",
    "leave": """
import os
def main(args):
    os._exit(3)
""",
    "fail": """
def main(args):
    raise KeyError("no such thing")
""",
}
LIMITS = {"sleep": "timeout: 1000, "}


def write_package(folder: Path, actions: dict[str, str] = ACTIONS) -> Path:
    lines = ["packages:", "  test:", "    actions:"]
    for name, source in actions.items():
        (folder / f"{name}.zip").write_bytes(zipped({"__main__.py": source}))
        limits = f"{{ {LIMITS.get(name, '')}memorySize: 128, logSize: 1 }}"
        lines.append(f"      {name}: {{ function: {name}.zip, runtime: 'python:3.11', limits: {limits} }}")
    (folder / "manifest.yaml").write_text("\n".join(lines))
    return folder / "manifest.yaml"


@pytest.fixture(name="host", scope="module")
def _host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("host")
    with serving(folder, "--manifest", write_package(folder)) as host:
        yield host


def annotation(record: Json, key: str) -> Any:
    return {pair["key"]: pair["value"] for pair in record["annotations"]}.get(key)


def alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_an_action_runs_in_a_clean_process_of_its_own(host: Served) -> None:
    result = host.invoke("test/where")["response"]["result"]
    assert result["pid"] in [child.pid for child in host.children()]
    own = {name for name in result["env"] if not name.startswith("__OW_")}
    assert own <= {"TMPDIR", "LC_CTYPE", *PYTHON_RUNTIME}
    assert result["env"]["__OW_API_HOST"] == host.url
    assert result["env"]["__OW_ACTION_NAME"] == "/guest/test/where"
    assert "__OW_API_KEY" not in result["env"]
    assert Path(result["cwd"]).is_relative_to(result["env"]["TMPDIR"])


def test_the_first_activation_is_cold_and_the_next_is_warm(host: Served) -> None:
    first, second = host.invoke("test/echo", {"a": 1}), host.invoke("test/echo", {"a": 2})
    assert [record["response"]["result"] for record in (first, second)] == [{"a": 1}, {"a": 2}]
    assert annotation(first, "initTime") > 0
    assert annotation(second, "initTime") is None


def test_logs_are_in_the_stored_record(host: Served) -> None:
    activation_id = host.invoke("test/echo")["activationId"]
    (line,) = host.http.get(f"/api/v1/namespaces/_/activations/{activation_id}/logs").json()["logs"]
    time_, stream, text = line.split(" ", 2)
    assert (len(time_), stream, text) == (30, "stdout:", "echoing")


@pytest.mark.parametrize(
    ("action", "args", "status", "error"),
    [
        ("fail", {}, "application error", "'no such thing'"),
        ("leave", {}, "action developer error", "command exited"),
        (
            "sleep",
            {"seconds": 20},
            "action developer error",
            "The action exceeded its time limits of 1000 milliseconds.",
        ),
        ("grow", {"bytes": 300_000_000}, "action developer error", "command exited"),
    ],
)
def test_failures_have_their_status_and_the_next_call_works(
    host: Served, action: str, args: Json, status: str, error: str
) -> None:
    record = host.invoke(f"test/{action}", args)
    assert (record["response"]["status"], record["response"]["result"]) == (status, {"error": error})
    assert annotation(record, "timeout") is (action == "sleep")
    assert host.invoke("test/echo", {"still": "here"})["response"]["result"] == {"still": "here"}


def test_a_container_that_died_while_idle_is_replaced(host: Served) -> None:
    pid = host.invoke("test/where")["response"]["result"]["pid"]
    process = psutil.Process(pid)
    process.kill()
    assert eventually(lambda: not alive(process))
    record = host.invoke("test/where")
    assert record["response"]["success"]
    assert record["response"]["result"]["pid"] != pid


def test_what_is_too_large_is_refused(host: Served) -> None:
    body = json.dumps({"a": "x" * 1024 * 1024})
    answer = host.http.post("/api/v1/namespaces/_/actions/test/echo?blocking=true", content=body)
    assert answer.status_code == 413
    assert answer.json()["error"] == f"Request larger than allowed: {len(body)} > 1048576 bytes."


def test_a_redeploy_raises_the_versions_as_wskdeploy_does_and_keeps_the_records(tmp_path: Path) -> None:
    options = ("--manifest", write_package(tmp_path))

    def versions(host: Served) -> dict[str, str]:
        rows = host.http.get("/api/v1/namespaces/_/actions").json()
        return {row["name"]: row["version"] for row in rows}

    with serving(tmp_path, *options) as host:
        activation_id = host.invoke("test/echo")["activationId"]
    with serving(tmp_path, *options) as host:
        assert versions(host) == dict.fromkeys(ACTIONS, "0.0.2")
        assert host.http.get(f"/api/v1/namespaces/_/activations/{activation_id}").json()["name"] == "echo"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_and_no_folder_outlives_the_host(tmp_path: Path, ending: signal.Signals) -> None:
    if ending == signal.SIGKILL and sys.platform != "linux":
        pytest.skip("only Linux kills the children of a killed process")
    options = ("--manifest", write_package(tmp_path))
    with serving(tmp_path, *options) as host:
        for action in ("echo", "where"):
            host.invoke(f"test/{action}")
        children = host.children()
        assert len(children) == 2
        host.process.send_signal(ending)
        host.process.wait(10)
        assert eventually(lambda: not any(map(alive, children)))
        if ending != signal.SIGKILL:
            assert host.process.returncode == 0
            assert not list((tmp_path / "data/containers").iterdir())


def test_concurrent_calls_get_containers_of_their_own_within_the_memory_budget(tmp_path: Path) -> None:
    actions = {"pid": "import os, time\ndef main(args):\n    time.sleep(0.3)\n    return {'pid': os.getpid()}\n"}
    options = ("--manifest", write_package(tmp_path, actions), "--memory", "256")
    with serving(tmp_path, *options) as host:
        url = "/api/v1/namespaces/_/actions/test/pid"
        ids = [host.http.post(url, json={}).json()["activationId"] for _ in range(5)]

        def records() -> list[Json]:
            listed: list[Json] = host.http.get("/api/v1/namespaces/_/activations?docs=true").json()
            return listed

        assert eventually(lambda: len(records()) == 5)
        assert {record["activationId"] for record in records()} == set(ids)
        assert len({record["response"]["result"]["pid"] for record in records()}) == 2


def test_the_api_key_reaches_only_who_asks_for_it(host: Served) -> None:
    host.put("keyed", ACTIONS["where"], annotations=[{"key": "provide-api-key", "value": True}])
    env = host.invoke("keyed")["response"]["result"]["env"]
    assert env["__OW_API_KEY"] == f"{GUEST_UUID}:{GUEST_KEY}"
    # With it, the action can ask the host itself.
    assert httpx.get(f"{env['__OW_API_HOST']}/api/v1/namespaces", auth=(GUEST_UUID, GUEST_KEY)).json() == ["guest"]


def test_the_containers_of_a_sequence_start_when_it_begins(tmp_path: Path) -> None:
    source = "import os\ndef main(args):\n    while not os.path.exists(args['file']):\n        pass\n    return {}\n"
    with serving(tmp_path, "--memory", "512") as host:
        host.put("wait", source)
        host.put("echo", ACTIONS["echo"])
        body = {"exec": {"kind": "sequence", "components": ["/_/wait", "/_/echo"]}}
        host.http.put("/api/v1/namespaces/_/actions/both", json=body).raise_for_status()
        with ThreadPoolExecutor() as callers:
            # WHEN its first action takes a while THEN the second one has a container before it is asked
            call = callers.submit(host.invoke, "both", {"file": str(tmp_path / "go")})
            has_two = eventually(lambda: len(host.children()) == 2)
            (tmp_path / "go").touch()
            assert has_two
            assert call.result()["response"]["success"]
        # AND its record tells the cold start all the same
        (echo,) = host.records("echo")
        assert annotation(echo, "initTime") >= 0


def test_init_parameters_are_text_in_the_environment_and_no_arguments(host: Served) -> None:
    source = "import os\ndef main(args):\n    return {'env': dict(os.environ), 'args': args}\n"
    given = {"level": {"a": [1]}, "empty": None, "flag": True, "name": "text"}
    parameters = [{"key": key, "value": value, "init": True} for key, value in given.items()]
    host.put("configured", source, parameters=[*parameters, {"key": "usual", "value": 1}])
    result = host.invoke("configured", {"name": "the caller's"})["response"]["result"]
    assert {key: result["env"][key] for key in given} == {
        "level": '{"a":[1]}',
        "empty": "",
        "flag": "true",
        "name": "the caller's",
    }
    assert result["args"] == {"usual": 1}


def test_a_container_that_ends_after_its_init_is_not_started_again_and_again(host: Served) -> None:
    # GIVEN an action that makes its server answer once
    source = """
import os, sys
server = sys.modules["__main__"]
answer = server.Connection.answer
def answer_once(connection, *args, **options):
    answer(connection, *args, **options)
    os._exit(0)
server.Connection.answer = answer_once
def main(args):
    return args
"""
    host.put("once", source)
    # THEN its end is told
    response = host.invoke("once")["response"]
    assert response["status"] == "action developer error"
    assert response["result"] == {"error": "command exited"}


def test_an_oversized_result_leaves_no_trace_in_the_next_log(host: Served) -> None:
    host.put("long", "def main(args):\n    return {'text': 'x' * args['length']}\n")
    assert "exceeded the allowed length" in host.invoke("long", {"length": 12_000_000})["response"]["result"]["error"]
    activation_id = host.invoke("long", {"length": 1})["activationId"]
    assert host.http.get(f"/api/v1/namespaces/_/activations/{activation_id}/logs").json() == {"logs": []}


def test_what_waited_for_room_does_not_run_code_that_came_later(tmp_path: Path) -> None:
    source = "import time\ndef main(args):\n    time.sleep(args.get('seconds', 0))\n    return {'version': VERSION}\n"
    with serving(tmp_path, "--memory", "128") as host:
        # GIVEN an activation that waits for the only room
        host.put("busy", f"VERSION = 0\n{source}")
        host.put("later", f"VERSION = 1\n{source}")
        actions = "/api/v1/namespaces/_/actions"
        host.http.post(f"{actions}/busy", json={"seconds": 1})
        activation_id = host.http.post(f"{actions}/later", json={}).json()["activationId"]
        # WHEN the action is updated meanwhile
        host.put("later", f"VERSION = 2\n{source}")
        # THEN the old version is not said to have run the new code
        url = f"/api/v1/namespaces/_/activations/{activation_id}"
        assert eventually(lambda: host.http.get(url).is_success)
        response = host.http.get(url).json()["response"]
        assert response["status"] == "whisk internal error"
        assert host.invoke("later")["response"]["result"] == {"version": 2}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("actions/bad", b'{"exec": {"kind": "python:3.11", "code": "\\ud800"}}'),
        ("actions/bad", b'{"annotations": [{"key": "a", "value": NaN}], "exec": {"kind": "python:3.11", "code": "x"}}'),
        ("actions/bad", b"[" * 100_000),
        ("actions/bad", b'{"parameters": [{"key": "a", "value": ' + b"[" * 900 + b"]" * 900 + b"}]}"),
        ("packages/a/b", b"{}"),
        ("actions//_/bad", b'{"exec": {"kind": "python:3.11", "code": "x"}}'),
    ],
    ids=["surrogate", "NaN", "endless", "deep", "package in a package", "empty name"],
)
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(host: Served, path: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    refused = host.http.put(f"/api/v1/namespaces/_/{path}", content=body, headers=headers)
    assert refused.status_code in (400, 404)
    assert refused.json()["code"] == refused.headers["x-request-id"]
    assert "bad" not in [action["name"] for action in host.http.get("/api/v1/namespaces/_/actions?limit=0").json()]


def test_who_still_waits_at_the_end_is_told_so(tmp_path: Path) -> None:
    with serving(tmp_path, "--manifest", write_package(tmp_path)) as host:
        url = f"{host.url}/api/v1/namespaces/_/actions/test/grow?blocking=true"
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(httpx.post, url, json={"bytes": 1}, auth=(GUEST_UUID, GUEST_KEY), timeout=30)
            assert eventually(lambda: len(host.children()) == 1)
            host.process.terminate()
        answer = waiting.result()
        assert (answer.status_code, answer.json()["error"]) == (503, "The server is shutting down.")
        assert answer.json()["code"] == answer.headers["x-request-id"]


# --- the page


def test_the_site_and_what_it_needs_to_know(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("<!doctype html><title>page</title>")
    (tmp_path / "site/app.js").write_text("export {};")
    manifest = write_package(tmp_path, {"echo": ACTIONS["echo"]})
    manifest.write_text(
        manifest.read_text() + "\n    apis: { t: { base: { path: { echo: { method: POST, response: http } } } } }"
    )
    with serving(tmp_path, "--manifest", manifest, "--site", tmp_path / "site") as host:
        page = host.http.get("/", headers={"Accept": "text/html,*/*"})
        info = host.http.get("/", headers={"Accept": "application/json"})
        script = host.http.get("/app.js")
        port = host.url.rpartition(":")[2]
        config = httpx.get(f"http://localhost:{port}/config.json")
        missing = host.http.get("/none.html")
        stranger = host.http.get("/", headers={"Host": "elsewhere.example"})
        api = host.http.post(f"/api/{GUEST_UUID}/base/path")
        rest = host.http.get("/api/v1/namespaces/_/actions")
    assert "<title>page" in page.text
    assert info.headers["content-type"] == "application/json"
    assert info.json()["runtimes"]["python"][-1]["default"] is True
    assert {page.headers["vary"], info.headers["vary"]} == {"Accept"}
    assert (api.status_code, rest.status_code) == (204, 200)
    for answer in (page, info, script, config, missing, stranger, api, rest):
        assert answer.headers["x-content-type-options"] == "nosniff"
    for answer in (page, script):
        assert answer.headers["content-security-policy"] == "frame-ancestors 'none'"
    assert script.headers["cache-control"] == "no-cache"
    assert config.json() == {"apiUrl": f"http://localhost:{port}/api/{GUEST_UUID}/base"}
    assert missing.status_code == 404
    assert stranger.status_code == 400


# --- what goes wrong at the start


def failing(*options: str | Path) -> str:
    """What the command says on its standard error when it ends with status 1."""
    done = subprocess.run(
        [LOCALWHISK, *map(str, options)], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert all(line.startswith("localwhisk: ") for line in done.stderr.splitlines())
    return done.stderr


def test_a_taken_port_is_said_in_one_sentence(host: Served, tmp_path: Path) -> None:
    port = host.url.rpartition(":")[2]
    said = failing("serve", "--port", port, "--data", tmp_path)
    assert f"cannot listen on 127.0.0.1:{port} (Address already in use); --port takes another port" in said


def test_a_second_host_on_the_same_data_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    options = ("--manifest", write_package(tmp_path))
    with serving(tmp_path, *options) as host:
        host.invoke("test/echo")
        said = failing("serve", "--port", "0", "--data", tmp_path / "data", *options)
        assert "another localwhisk may have it; --data takes another folder" in said
        assert host.invoke("test/echo", {"a": 1})["response"]["result"] == {"a": 1}


def test_a_bad_manifest_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_text("packages: { p: { actions: { a: { docker: $UNSET_IMAGE } } } }")
    said = failing("serve", "--port", "0", "--data", tmp_path, "--manifest", tmp_path / "manifest.yaml")
    assert "p/a: docker: $UNSET_IMAGE is empty: a variable in it is not set" in said


def test_an_image_that_nobody_knows_is_a_developer_error(tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_text("packages: { p: { actions: { a: { docker: 'me/a:1' } } } }")
    with serving(tmp_path, "--manifest", tmp_path / "manifest.yaml") as host:
        response = host.invoke("p/a")["response"]
    assert response["status"] == "action developer error"
    assert "--image IMAGE=FOLDER" in response["result"]["error"]


def test_an_unpacked_action_stands_for_its_image(tmp_path: Path) -> None:
    (tmp_path / "unpacked").mkdir()
    (tmp_path / "unpacked/__main__.py").write_text("def main(args):\n    return {'from': 'image'}\n")
    (tmp_path / "manifest.yaml").write_text("packages: { p: { actions: { a: { docker: 'me/a:1' } } } }")
    image = f"me/a:1={tmp_path / 'unpacked'}"
    with serving(tmp_path, "--manifest", tmp_path / "manifest.yaml", "--image", image) as host:
        record = host.invoke("p/a")
    assert record["response"]["result"] == {"from": "image"}
    assert annotation(record, "kind") == "blackbox"


def test_an_image_that_takes_too_much_memory_is_told_so(tmp_path: Path) -> None:
    """It is process 1 of its container on the platform, too: there is no proxy that would say something else."""
    (tmp_path / "__main__.py").write_text(ACTIONS["grow"])
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text("packages: { p: { actions: { a: { docker: 'me/a:1', limits: { memorySize: 128 } } } } }")
    with serving(tmp_path, "--manifest", manifest, "--image", f"me/a:1={tmp_path}") as host:
        response = host.invoke("p/a", {"bytes": 300_000_000})["response"]
    assert response["status"] == "action developer error"
    assert response["result"] == {"error": "The action exhausted its memory and was aborted."}


# --- localwhisk invoke


def test_invoke_asks_the_running_host(host: Served, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    params = ["-p", f"image=@{tmp_path / 'photo.jpg'}", "-p", "top_k=3", "-p", "text=not json"]
    command = [LOCALWHISK, "invoke", "test/echo", "--apihost", host.url, *params]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(done.stdout) == {"image": "/9j/", "top_k": 3, "text": "not json"}
    assert done.stderr.endswith("stdout: echoing\n")


def test_invoke_can_be_piped_into_the_next(host: Served) -> None:
    command = [LOCALWHISK, "invoke", "test/echo", "--apihost", host.url]
    first = subprocess.run([*command, "-p", "a=1"], capture_output=True, timeout=30, check=True)
    second = subprocess.run(
        [*command, "-P", "-", "-p", "b=2"], input=first.stdout, capture_output=True, timeout=30, check=True
    )
    assert json.loads(second.stdout) == {"a": 1, "b": 2}


def test_invoke_without_a_host_runs_the_manifest_for_this_call(tmp_path: Path) -> None:
    manifest = write_package(tmp_path)
    command = [
        LOCALWHISK,
        "invoke",
        "test/echo",
        "--apihost",
        "http://127.0.0.1:1",
        "--manifest",
        str(manifest),
        "-p",
        "a=1",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(done.stdout) == {"a": 1}


def test_invoke_of_a_failing_action_ends_with_status_1(host: Served) -> None:
    command = [LOCALWHISK, "invoke", "test/fail", "--apihost", host.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"error": "'no such thing'"}
    assert done.stderr.endswith("localwhisk: test/fail did not succeed (HTTP status 502)\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-p", "nothing"], "-p nothing: expected KEY=VALUE"),
        (["-P", "-"], "-P -: expected a JSON object, but got ''"),
        (["-p", "image=@/none.jpg"], "/none.jpg: No such file or directory"),
        (["--apihost", "http://127.0.0.1:1", "--manifest", "/none.yaml"], "no host answers on http://127.0.0.1:1"),
    ],
)
def test_invoke_says_what_is_wrong(options: list[str], message: str) -> None:
    assert message in failing("invoke", "test/echo", *options)
