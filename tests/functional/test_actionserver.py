"""The action protocol, held against the running server: as a process, and as a container where there is an engine."""

import base64
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.containers import (
    ROOT,
    SENTINEL,
    ActionContainer,
    ActionProcess,
    Running,
    docker,
    init,
    post,
    require_engine,
    run,
)
from tests.zips import zipped

Start = Callable[..., Running]
ECHO = "def main(args):\n    return args\n"


@pytest.fixture(scope="session")
def runtime_image() -> str:
    """The image for Python actions, as its Dockerfile and the server are now."""
    require_engine()
    subprocess.run([ROOT / "scripts" / "engine", "base"], check=True)
    return docker("build", "--quiet", "--file", str(ROOT / "runtime" / "Dockerfile"), str(ROOT))


@pytest.fixture(params=["process", pytest.param("container", marks=pytest.mark.docker)])
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Starts servers, with a built-in action if given a folder, and removes them all at the end."""
    started: list[Running] = []

    def starting(folder: Path | None = None) -> Running:
        if request.param == "process":
            started.append(ActionProcess(folder))
        else:
            started.append(ActionContainer(request.getfixturevalue("runtime_image"), folder))
        return started[-1]

    yield starting
    for running in started:
        running.remove()


def zip_code(files: dict[str, str]) -> str:
    """A zip of the texts ``files`` as ``/init`` takes it."""
    return base64.b64encode(zipped(files)).decode()


def broken_zip() -> str:
    """A zip whose content is not what its checksum says."""
    archive = zipped({"__main__.py": ECHO})
    return base64.b64encode(archive.replace(b"return args", b"return ARGS")).decode()


def initialized(start: Start, code: str, **value: Any) -> Running:
    running = start()
    answer = init(running, code=code, **value)
    assert (answer.status_code, answer.json()) == (200, {"ok": True}), answer.text
    return running


def folder_with(tmp_path: Path, source: str) -> Path:
    (tmp_path / "__main__.py").write_text(source)
    tmp_path.chmod(0o755)
    return tmp_path


def refusal(answer: httpx.Response) -> tuple[int, str]:
    assert set(answer.json()) == {"error"}
    return answer.status_code, answer.json()["error"]


# openwhisk-runtime-go openwhisk/initHandler.go
NOT_COMPILED = "The action failed to generate or locate a binary. See logs for details."
NOT_STARTED = "Cannot start action. Check logs for details."
MAIN = {"__main__.py": ECHO}


class TestInit:
    def test_without_code_is_refused_where_none_is_built_in(self, start: Start) -> None:
        running = start()
        for value in ({}, {"code": ""}, {"code": None}):
            assert refusal(init(running, **value)) == (403, "Missing main/no code to execute.")

    def test_may_follow_a_failed_one(self, start: Start) -> None:
        running = start()
        assert init(running).status_code == 403
        assert init(running, code=ECHO).status_code == 200

    def test_a_second_one_is_refused(self, start: Start) -> None:
        running = initialized(start, ECHO)
        assert refusal(init(running, code=ECHO)) == (403, "Cannot initialize the action more than once.")

    def test_env_reaches_the_module(self, start: Start) -> None:
        code = "import os\nseen = os.environ['SETTING']\ndef main(args):\n    return {'seen': seen}\n"
        assert run(initialized(start, code, env={"SETTING": "ä"})).json() == {"seen": "ä"}

    def test_the_function_may_have_another_name(self, start: Start) -> None:
        code = "def hello(args):\n    return {'from': 'hello'}\n"
        assert run(initialized(start, code, main="hello")).json() == {"from": "hello"}

    def test_a_zip_is_the_working_directory_and_its_modules_import_by_name(self, start: Start) -> None:
        main = "import sibling\ndef main(args):\n    return {'a': sibling.A, 'b': open('data/b.txt').read()}\n"
        code = zip_code({"__main__.py": main, "sibling.py": "A = 1\n", "data/b.txt": "two"})
        assert run(initialized(start, code, binary=True)).json() == {"a": 1, "b": "two"}

    @pytest.mark.parametrize("name", ["../escaped.py", "/var/escaped.py", "a/../../escaped.py"])
    def test_nothing_of_a_zip_lands_outside_of_its_folder(self, start: Start, name: str) -> None:
        main = (
            "from pathlib import Path\ndef main(args):\n    return {'names': [p.name for p in Path().rglob('*.py')]}\n"
        )
        code = zip_code({"__main__.py": main, name: "print('inside')"})
        assert sorted(run(initialized(start, code, binary=True)).json()["names"]) == ["__main__.py", "escaped.py"]

    def test_source_may_be_in_base64(self, start: Start) -> None:
        code = base64.b64encode(ECHO.encode()).decode()
        assert run(initialized(start, code, binary=True), {"a": 1}).json() == {"a": 1}

    def test_a_virtualenv_in_a_zip_is_activated(self, start: Start) -> None:
        """As virtualenv's own script does it: with its place in ``__file__``."""
        script = "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))\n"
        main = "import packed\ndef main(args):\n    return {'a': packed.A}\n"
        files = {"__main__.py": main, "virtualenv/bin/activate_this.py": script, "virtualenv/lib/packed.py": "A = 1\n"}
        assert run(initialized(start, zip_code(files), binary=True)).json() == {"a": 1}

    def test_what_cannot_be_called_fails_at_each_run(self, start: Start) -> None:
        """launcher.py looks for the name only."""
        assert run(initialized(start, "main = 5")).json() == {"error": "'int' object is not callable"}

    @pytest.mark.parametrize(
        ("value", "message", "logged"),
        [
            ({"code": "####", "binary": True}, NOT_COMPILED, "Error"),
            ({"code": "AAAA", "binary": True}, NOT_COMPILED, "null bytes"),
            ({"code": zip_code({"other": "x"}), "binary": True}, NOT_COMPILED, "expected __main__.py at the top level"),
            ({"code": broken_zip(), "binary": True}, NOT_COMPILED, "BadZipFile: Bad CRC-32"),
            ({"code": "def main(:"}, NOT_COMPILED, "SyntaxError"),
            ({"code": f"\ufeff{ECHO}"}, NOT_COMPILED, "U+FEFF"),
            ({"code": zip_code({**MAIN, "requirements.txt": ""}), "binary": True}, NOT_COMPILED, "installed"),
            ({"code": f"#!/usr/bin/env python3\n{ECHO}"}, NOT_STARTED, "__main__.py"),
            ({"code": zip_code({**MAIN, "virtualenv/x": ""}), "binary": True}, NOT_STARTED, "activate_this"),
            ({"code": " \n"}, NOT_STARTED, "no attribute 'main'"),
            ({"code": "import absent"}, NOT_STARTED, "ModuleNotFoundError: No module named 'absent'"),
            ({"code": "raise SystemExit(3)"}, NOT_STARTED, "SystemExit: 3"),
            ({"code": ECHO, "main": "other"}, NOT_STARTED, "no attribute 'other'"),
        ],
    )
    def test_code_that_does_not_load_is_refused_in_the_proxys_words_and_the_log_says_why(
        self, start: Start, value: dict[str, Any], message: str, logged: str
    ) -> None:
        running = start()
        answer = init(running, **value)
        assert refusal(answer) == (502, message)
        assert answer.content == f'{{"error":"{message}"}}\n'.encode()  # its size is that of the response
        assert logged in running.stderr
        assert running.stdout.endswith(SENTINEL + "\n")
        assert running.stderr.endswith(SENTINEL + "\n")

    @pytest.mark.parametrize("env", [["a"], {"a": "\0"}, {"a=b": "c"}, {"": "a"}])
    def test_an_environment_that_is_none_is_refused(self, start: Start, env: Any) -> None:
        status, message = refusal(init(start(), code=ECHO, env=env))
        assert (status, message[:47]) == (400, "Expected an object of environment variables, go")

    def test_why_code_did_not_load_is_in_its_log(self, start: Start) -> None:
        running = start()
        init(running, code="1 / 0")
        assert "ZeroDivisionError: division by zero" in running.stderr

    def test_a_body_that_is_no_init_is_refused(self, start: Start) -> None:
        running = start()
        assert refusal(post(running, "/init", b"{"))[0] == 400
        assert refusal(post(running, "/init", [1])) == (400, 'Expected {"value": {...}}, got [1]')
        assert refusal(init(running, code="\ud800"))[0] == 400
        assert refusal(init(running, code=ECHO, env={"a": "\ud800"}))[0] == 400
        assert init(running, code=ECHO).status_code == 200


class TestBuiltIn:
    def test_init_needs_no_code(self, start: Start, tmp_path: Path) -> None:
        running = start(folder_with(tmp_path, ECHO))
        assert init(running).status_code == 200
        assert run(running, {"a": 1}).json() == {"a": 1}

    def test_init_refuses_other_code(self, start: Start, tmp_path: Path) -> None:
        running = start(folder_with(tmp_path, ECHO))
        assert refusal(init(running, code=ECHO)) == (403, "This image has its action built in and takes no code.")

    def test_init_waits_until_it_is_loaded(self, tmp_path: Path) -> None:
        # GIVEN an action that loads for a while
        running = ActionProcess(folder_with(tmp_path, "import time\ntime.sleep(0.5)\nloaded = True\n" + ECHO))
        try:
            # WHEN the platform connects at once THEN it is accepted, and answered once the action is loaded
            assert init(running).status_code == 200
        finally:
            running.remove()

    def test_init_says_why_it_does_not_load(self, start: Start, tmp_path: Path) -> None:
        running = start(folder_with(tmp_path, "raise OSError('the model is damaged')\n"))
        for _ in range(2):
            assert refusal(init(running)) == (502, "The action cannot be loaded: OSError: the model is damaged")
        assert refusal(run(running)) == (500, "no action defined yet")
        assert "OSError: the model is damaged" in running.stderr


class TestRun:
    def test_before_init_is_refused(self, start: Start) -> None:
        assert refusal(run(start())) == (500, "no action defined yet")

    def test_answers_json_with_its_length_and_unescaped(self, start: Start) -> None:
        answer = run(initialized(start, ECHO), {"label": "Büro", "n": [1, 2.5, None, True]})
        assert answer.status_code == 200
        assert answer.content == '{"label": "Büro", "n": [1, 2.5, null, true]}\n'.encode()
        assert answer.headers["content-length"] == str(len(answer.content))
        assert "transfer-encoding" not in answer.headers

    def test_the_activation_is_described_in_the_environment(self, start: Start) -> None:
        code = "import os\ndef main(args):\n    return {k: v for k, v in os.environ.items() if k.startswith('__OW_')}\n"
        running = initialized(start, code)
        first = {
            "namespace": "guest",
            "action_name": "/guest/p/a",
            "activation_id": "1" * 32,
            "deadline": "1700000000000",
        }
        assert run(running, **first).json() == {
            "__OW_NAMESPACE": "guest",
            "__OW_ACTION_NAME": "/guest/p/a",
            "__OW_ACTIVATION_ID": "1" * 32,
            "__OW_DEADLINE": "1700000000000",
        }
        assert run(running, activation_id="2", api_key="u:k").json()["__OW_API_KEY"] == "u:k"

    @pytest.mark.parametrize("value", [{}, {"a": 1}, [], [1, {"a": 2}]])
    def test_takes_and_gives_objects_and_arrays(self, start: Start, value: Any) -> None:
        assert run(initialized(start, ECHO), value).json() == value

    def test_an_exception_is_an_application_error_with_its_traceback_in_the_log(self, start: Start) -> None:
        running = initialized(start, "def main(args):\n    raise ValueError('no such thing')\n")
        answer = run(running)
        assert (answer.status_code, answer.json()) == (200, {"error": "no such thing"})
        assert "Traceback" in running.stderr
        assert "ValueError: no such thing" in running.stderr

    @pytest.mark.parametrize("result", ["1", "'text'", "True", "float('nan')", "{'a': float('nan')}", "[float('inf')]"])
    def test_a_result_that_is_no_object_is_refused(self, start: Start, result: str) -> None:
        running = initialized(start, f"def main(args):\n    return {result}\n")
        for _ in range(2):
            assert refusal(run(running)) == (502, "The action did not return a dictionary or array.")

    def test_none_passes_as_null_which_the_invoker_then_rejects(self, start: Start) -> None:
        answer = run(initialized(start, "def main(args):\n    pass\n"))
        assert (answer.status_code, answer.text) == (200, "null\n")

    @pytest.mark.parametrize(
        ("body", "logged"),
        [
            ("return {'a': b'bytes'}", "TypeError: Object of type bytes is not JSON serializable"),
            ("return {1, 2}", "TypeError: Object of type set is not JSON serializable"),
            ("a = {}; a['a'] = a; return a", "ValueError: Circular reference detected"),
            ("return {'a': '\\ud800'}", "UnicodeEncodeError"),
            ("raise SystemExit('out')", "SystemExit: out"),
        ],
    )
    def test_what_ends_the_process_on_the_platform_ends_the_action(self, start: Start, body: str, logged: str) -> None:
        running = initialized(start, f"def main(args):\n    {body}\n")
        assert refusal(run(running)) == (400, "command exited")
        assert logged in running.stderr
        assert refusal(run(running)) == (500, "command exited")

    @pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"1"])
    def test_a_body_that_is_no_run_is_refused(self, start: Start, body: bytes) -> None:
        running = initialized(start, ECHO)
        assert refusal(post(running, "/run", body))[0] == 400
        assert run(running, {"still": "alive"}).json() == {"still": "alive"}

    def test_a_body_that_can_just_be_read_does_no_harm(self, start: Start) -> None:
        running = initialized(start, ECHO)
        for depth in range(sys.getrecursionlimit() - 40, sys.getrecursionlimit() + 10):
            assert post(running, "/run", b"[" * depth + b"]" * depth).status_code == 400
        assert run(running, {"still": "alive"}).json() == {"still": "alive"}

    @pytest.mark.parametrize("depth", [5_000, 400_000])
    def test_a_body_that_is_nested_too_deeply_is_refused(self, start: Start, depth: int) -> None:
        running = initialized(start, ECHO)
        nested = b"[" * depth + b"]" * depth
        for body in (nested, b'{"value": %b}' % nested, b'{"value": {}, "activation_id": %b}' % nested):
            assert refusal(post(running, "/run", body))[0] == 400
        assert run(running, {"still": "alive"}).json() == {"still": "alive"}

    @pytest.mark.parametrize(
        "body",
        [
            b'{"value": {}, "activation_id": "\\ud800"}',
            b'{"value": {}, "\\ud800": "name"}',
            b'{"value": {"text": "\\uDFFF"}}',
            b'{"value": {"\\ud800": 1}}',
            b'{"value": {"text": "\xed\xa0\x80"}}',
            b'{"value": {}, "a\\u0000b": "name"}',
        ],
    )
    def test_text_that_is_none_is_refused(self, start: Start, body: bytes) -> None:
        running = initialized(start, ECHO)
        assert refusal(post(running, "/run", body))[0] == 400
        assert run(running, {"still": "alive \U0001f600"}).json() == {"still": "alive \U0001f600"}

    def test_one_at_a_time(self, start: Start) -> None:
        # GIVEN an action that notes when each run begins and ends
        code = (
            "import time\nnotes = []\n"
            "def main(args):\n"
            "    notes.append('begin'); time.sleep(0.05); notes.append('end')\n"
            "    return {'notes': notes}\n"
        )
        running = initialized(start, code)
        # WHEN four are asked for at once
        threads = [threading.Thread(target=run, args=(running,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # THEN no run began before the one before it ended
        assert run(running).json()["notes"] == ["begin", "end"] * 5


class TestLogs:
    def test_each_run_ends_with_a_sentinel_on_both_streams_after_what_was_printed(self, start: Start) -> None:
        code = (
            "import sys\n"
            "def main(args):\n"
            "    print('out', args['n'])\n"
            "    print('err', args['n'], file=sys.stderr)\n"
            "    return {}\n"
        )
        running = initialized(start, code)
        for n in (1, 2):
            run(running, {"n": n})
        assert running.stdout.splitlines() == ["out 1", SENTINEL, "out 2", SENTINEL]
        assert running.stderr.splitlines() == ["err 1", SENTINEL, "err 2", SENTINEL]

    def test_a_successful_init_writes_none(self, start: Start) -> None:
        running = initialized(start, "print('loading')\n" + ECHO)
        run(running)
        assert running.stdout.splitlines() == ["loading", SENTINEL]

    def test_they_are_complete_even_if_the_action_closes_its_streams(self, start: Start) -> None:
        running = initialized(start, "import sys\ndef main(args):\n    sys.stdout.close()\n    return {}\n")
        assert run(running).status_code == 200
        assert running.stdout.splitlines() == [SENTINEL]


class TestHttp:
    def test_a_connection_serves_many_requests(self, start: Start) -> None:
        running = initialized(start, ECHO)
        connection = http.client.HTTPConnection(running.url.removeprefix("http://"), timeout=10)
        connection.connect()
        sock = connection.sock
        for n in range(3):
            connection.request("POST", "/run", json.dumps({"value": {"n": n}}))
            assert json.loads(connection.getresponse().read()) == {"n": n}
        assert connection.sock is sock
        connection.close()

    def test_an_idle_connection_holds_up_no_other(self, start: Start) -> None:
        running = initialized(start, ECHO)
        address = httpx.URL(running.url)
        with socket.create_connection((address.host, address.port or 0), timeout=10):
            assert run(running, {"a": 1}).json() == {"a": 1}

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [("GET", "/run", 405), ("GET", "/init", 405), ("POST", "/", 404), ("POST", "/run/", 404)],
    )
    def test_other_requests_are_refused(self, start: Start, method: str, path: str, status: int) -> None:
        assert httpx.request(method, start().url + path).status_code == status

    def test_a_body_without_a_length_is_refused(self, start: Start) -> None:
        answer = httpx.post(start().url + "/run", content=iter([b"{}"]))
        assert refusal(answer) == (411, "Expected a body with a Content-Length.")

    @pytest.mark.parametrize(
        "garbage",
        [b"\r\n\r\n", b"hello\r\n\r\n", b"\xff\xfe\r\n\r\n", b"POST /run HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"],
    )
    def test_garbage_and_broken_requests_do_no_harm(self, start: Start, garbage: bytes) -> None:
        running = initialized(start, ECHO)
        address = httpx.URL(running.url)
        with socket.create_connection((address.host, address.port or 0), timeout=10) as client:
            client.sendall(garbage)
            client.shutdown(socket.SHUT_WR)
            client.recv(4096)
        assert run(running, {"a": 1}).json() == {"a": 1}

    @pytest.mark.parametrize("length", [b"1000000000000", b"9" * 5000, b"-1", b"0x10"])
    def test_a_length_that_no_body_has_is_refused(self, start: Start, length: bytes) -> None:
        running = initialized(start, ECHO)
        address = httpx.URL(running.url)
        with socket.create_connection((address.host, address.port or 0), timeout=10) as client:
            client.sendall(b"POST /run HTTP/1.1\r\nContent-Length: %b\r\n\r\n{}" % length)
            assert client.recv(4096).split(b" ")[1] in (b"411", b"413")
        assert run(running, {"a": 1}).json() == {"a": 1}

    def test_a_body_is_asked_for_where_the_client_waits_to_be_asked(self, start: Start) -> None:
        address = httpx.URL(initialized(start, ECHO).url)
        with socket.create_connection((address.host, address.port or 0), timeout=10) as client:
            client.sendall(b"POST /run HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n")
            assert client.recv(4096).startswith(b"HTTP/1.1 100 ")
            client.sendall(b'{"value":{}}')
            assert client.recv(4096).startswith(b"HTTP/1.1 200 ")


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    @pytest.mark.parametrize("ready", [False, True])
    def test_an_idle_server_leaves_at_once(self, start: Start, number: signal.Signals, ready: bool) -> None:
        running = initialized(start, ECHO) if ready else start()
        assert init(running).status_code == 403  # it is up
        running.signal(number)
        assert running.exit_code() == 0

    def test_a_run_in_flight_is_finished_first(self, start: Start) -> None:
        # GIVEN a run that has begun, and lasts longer than it takes to look into a container and to stop it
        running = initialized(
            start, "import time\ndef main(args):\n    print('begun')\n    time.sleep(3)\n    return {'ended': True}\n"
        )
        answers: list[httpx.Response] = []
        thread = threading.Thread(target=lambda: answers.append(run(running)))
        thread.start()
        while "begun" not in running.stdout:
            time.sleep(0.01)
        # WHEN the server is told to stop meanwhile
        running.signal(signal.SIGTERM)
        assert not answers
        # THEN the caller has its answer, and the server leaves without complaint
        thread.join()
        assert answers[0].json() == {"ended": True}
        assert running.exit_code() == 0
        assert SENTINEL in running.stdout

    def test_a_load_in_progress_is_given_up(self, tmp_path: Path) -> None:
        running = ActionProcess(
            folder_with(tmp_path, "import time\nprint('loading', flush=True)\ntime.sleep(60)\n" + ECHO)
        )
        while "loading" not in running.stdout:
            time.sleep(0.01)
        try:
            running.signal(signal.SIGTERM)
            assert running.exit_code() == 0
        finally:
            running.remove()

    def test_unpacked_code_is_gone_afterwards(self, tmp_path: Path) -> None:
        running = ActionProcess(TMPDIR=str(tmp_path))
        assert init(running, code=ECHO).status_code == 200
        assert list(tmp_path.iterdir())
        running.signal(signal.SIGTERM)
        running.exit_code()
        running.remove()
        assert not list(tmp_path.iterdir())
