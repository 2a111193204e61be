"""A scripted mix of calls through localwhisk: the JSON and the page say what a count by hand over the records says."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from activations import OUTCOMES
from manifest import SHARED
from tests.browser.conftest import OpenPage
from tests.pictures import jpg, smooth
from tests.serving import GUEST_KEY, GUEST_UUID, ROOT, serving

AUTH = (GUEST_UUID, GUEST_KEY)
TOKEN = "a token of 3f9c"
HOST_PACKAGE = ROOT / "build/package/host"
SEQUENCE = "classifier/classify_image"
SPECIMENS = {
    "raises": "raise RuntimeError('on purpose')",
    "crashes": "import os; os._exit(3)",
    "sleeps": "import time; time.sleep(60)",
}
SPECIMEN = """from step import step

@step("classify", accepts=None)
def main(args):
    {body}
"""


@dataclass
class Host:
    """A running localwhisk, and what its callers saw."""

    url: str
    statuses: list[int] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    probabilities: list[float] = field(default_factory=list)

    @property
    def api(self) -> str:
        return f"{self.url}/api/{GUEST_UUID}/classifier"

    def classify(self, picture: bytes, **options: Any) -> None:
        headers = {"Content-Type": "image/jpeg"}
        answer = httpx.post(f"{self.api}/classify", content=picture, params=options, headers=headers, timeout=60)
        self.statuses.append(answer.status_code)
        body = answer.json()
        if answer.status_code != 200:
            self.codes.append(body.get("code", "") if "type" in body else "the platform's")
        elif isinstance(body, list):
            self.labels.append(body[0]["label"])
            self.probabilities.append(body[0]["score"])
        else:
            self.labels.append(body["predictions"][0]["label"])
            self.probabilities.append(body["predictions"][0]["probability"])

    def statistics(self, query: str, token: str = TOKEN) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.get(f"{self.api}/metrics?{query}", headers=headers, timeout=60)

    def replace_classify(self, image: str, timeout: int = 30_000) -> None:
        """From now on the action runs ``image``; a new version, hence a cold start."""
        url = f"{self.url}/api/v1/namespaces/_/actions/classifier/classify?overwrite=true"
        change = {
            "exec": {"kind": "blackbox", "image": image},
            "limits": {"timeout": timeout, "memory": 128, "logs": 1},
        }
        httpx.put(url, json=change, auth=AUTH).raise_for_status()

    def invoke(self, name: str, args: dict[str, Any]) -> None:
        httpx.post(f"{self.url}/api/v1/namespaces/_/actions/{name}?blocking=true", json=args, auth=AUTH, timeout=60)

    def records(self, **query: Any) -> list[dict[str, Any]]:
        """Every record that ``query`` finds, as a platform lists them."""
        found: list[dict[str, Any]] = []
        while True:
            params = {**query, "limit": 200, "skip": len(found)}
            page = httpx.get(f"{self.url}/api/v1/namespaces/_/activations", params=params, auth=AUTH, timeout=30).json()
            found += page
            if len(page) < 200:
                return found


def images(folder: Path) -> dict[str, Path]:
    """What stands for each image: the real classify, one with a damaged model, and three that go wrong."""
    real = HOST_PACKAGE / "classify"
    damaged = folder / "damaged"
    shutil.copytree(real, damaged, copy_function=os.link)
    (damaged / "model/nasnet_mobile.tflite").unlink()
    (damaged / "model/nasnet_mobile.tflite").write_bytes(b"no model")
    for name, body in SPECIMENS.items():
        specimen = folder / name
        shutil.copytree(SHARED, specimen)
        (specimen / "__main__.py").write_text(SPECIMEN.format(body=body))
    return {"real": real, "damaged": damaged, **{name: folder / name for name in SPECIMENS}}


@contextmanager
def running(folder: Path) -> Iterator[Host]:
    options = [f"--image={name}:1={path}" for name, path in images(folder).items()]
    options += ["--manifest=manifest.yaml", "--site=site"]
    environment = {"CLASSIFIER_ADMIN_TOKEN": TOKEN, "CLASSIFY_IMAGE": "real:1", "PACKAGE_TARGET": "host"}
    with serving(folder, *options, **environment) as served:
        yield Host(served.url)


def run_the_mix(host: Host) -> None:
    """Good calls cold, warm and at once; each error code; a crash, a time-out; actions alone; refused statistics."""
    good = jpg(smooth(256, 256))
    frame = good.index(b"\xff\xc0")
    for options in ({}, {"top_k": 3}, {"format": "hf"}, {"fit": "pad", "explain": "true"}):
        host.classify(good, **options)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(host.classify, [jpg(smooth(width, 200)) for width in (100, 200, 300)]))
    host.classify(good, top_k=0)
    host.classify(b"\x89PNG\r\n\x1a\n not much of a picture")
    host.classify(good[: len(good) // 2])
    host.classify(good[: frame + 4] + b"\x0c" + good[frame + 5 :])
    host.classify(good[: frame + 5] + b"\x75\x30\x75\x30" + good[frame + 9 :])
    host.classify(good + bytes(781_000 - len(good)))
    for image, timeout in (("damaged", 30_000), ("raises", 30_000), ("crashes", 30_000), ("sleeps", 1500)):
        host.replace_classify(f"{image}:1", timeout)
        host.classify(good)
    host.replace_classify("real:1")
    host.classify(good)
    host.invoke("classifier/decode", {"image": "%%%"})
    host.invoke("classifier/metrics", {})
    host.statistics("", token="wrong")
    host.statistics(f"activation={'0' * 32}")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    if not (HOST_PACKAGE / "classify").is_dir():
        pytest.skip("the package for this machine is not built; make test does it")
    with running(tmp_path_factory.mktemp("truth")) as found:
        run_the_mix(found)
        yield found


# By hand: plain counting over the rows of the list, and what the callers themselves saw.


def noted(record: dict[str, Any], key: str) -> Any:
    return next((each["value"] for each in record["annotations"] if each["key"] == key), None)


def name_of(record: dict[str, Any]) -> str:
    return str(noted(record, "path")).removeprefix("guest/")


def rows(host: Host, statistics: dict[str, Any], without: str) -> list[dict[str, Any]]:
    """The records that the statistics are about; the activation ``without`` made them and was not over."""
    since, upto = (milliseconds(statistics["window"][end]) for end in ("since", "upto"))
    return [each for each in host.records(since=since, upto=upto) if each["activationId"] != without]


def milliseconds(iso: str) -> int:
    return round(datetime.fromisoformat(iso).timestamp() * 1000)


def percentile(values: list[int], percent: int) -> int:
    """The smallest value that at least ``percent`` of a hundred values do not exceed."""
    return min(value for value in values if sum(other <= value for other in values) * 100 >= percent * len(values))


def duration(record: dict[str, Any]) -> int:
    return int(record["end"] - record["start"]) if noted(record, "kind") == "sequence" else int(record["duration"])


def by_hand(name: str, own: list[dict[str, Any]], all_rows: list[dict[str, Any]]) -> dict[str, Any]:
    outcomes = Counter(each["statusCode"] for each in own)
    cold_causes = {each.get("cause") for each in all_rows if noted(each, "initTime") is not None}
    cold = [each for each in own if noted(each, "initTime") is not None or each["activationId"] in cold_causes]
    durations = [duration(each) for each in own]
    inits = [noted(each, "initTime") or 0 for each in own]
    return {
        "name": name,
        "activations": len(own),
        "outcomes": [outcomes[code] for code in range(4)],
        "cold": len(cold),
        "duration": [percentile(durations, 50), percentile(durations, 95), percentile(durations, 99), max(durations)],
        "wait_max": max(noted(each, "waitTime") for each in own),
        "time": [sum(noted(each, "waitTime") for each in own), sum(inits), sum(durations) - sum(inits)],
    }


def told(action: dict[str, Any]) -> dict[str, Any]:
    """The same facts out of the statistics."""
    duration_ms = action["duration_ms"]
    return {
        "name": action["name"],
        "activations": action["activations"],
        "outcomes": [action["outcomes"][outcome] for outcome in OUTCOMES],  # an object has no order
        "cold": action["cold_starts"]["count"],
        "duration": [duration_ms[rank] for rank in ("p50", "p95", "p99", "max")],
        "wait_max": action["wait_ms"]["max"],
        "time": [action["time_total_ms"][part] for part in ("wait", "init", "run")],
    }


def counted(host: Host, statistics: dict[str, Any], without: str) -> dict[str, dict[str, Any]]:
    found = rows(host, statistics, without)
    names = {name_of(each) for each in found}
    return {name: by_hand(name, [each for each in found if name_of(each) == name], found) for name in names}


def test_the_mix_had_everything(host: Host) -> None:
    assert Counter(host.statuses) == {200: 8, 400: 3, 413: 1, 415: 2, 422: 2, 500: 1, 503: 1}
    assert sorted(host.codes) == [
        "corrupt-jpeg",
        "internal",
        "invalid-request",
        "model-unavailable",
        "not-a-jpeg",
        "payload-too-large",
        "the platform's",
        "the platform's",
        "too-many-pixels",
        "unsupported-jpeg",
    ]


def test_the_json_equals_the_count_by_hand(host: Host) -> None:
    answer = host.statistics("window=1h")
    statistics = answer.json()
    expected = counted(host, statistics, answer.headers["x-openwhisk-activation-id"])
    assert {each["name"]: told(each) for each in statistics["actions"]} == expected
    assert statistics["coverage"]["complete"]
    assert statistics["coverage"]["replies_read"] == statistics["coverage"]["replies_wanted"]
    sequence = statistics["actions"][0]
    assert sequence["name"] == SEQUENCE
    assert {each["status"]: each["count"] for each in sequence["http_statuses"]} == Counter(host.statuses)
    own_codes = Counter(code for code in host.codes if code != "the platform's")
    platforms = {"action-developer-error": 1, "time-out": 1}
    assert {each["code"]: each["count"] for each in sequence["error_codes"]} == own_codes | platforms
    assert {each["label"]: each["count"] for each in statistics["labels"]} == Counter(host.labels)
    tenths = Counter(min(9, int(probability * 10)) for probability in host.probabilities)
    assert [each["count"] for each in statistics["confidence"]["bins"]] == [tenths[place] for place in range(10)]


def test_the_timeline_adds_up(host: Host) -> None:
    for action in host.statistics("window=15m").json()["actions"]:
        for outcome, count in action["outcomes"].items():
            assert sum(action["timeline"][outcome]) == count, (action["name"], outcome)
        assert sum(action["timeline"]["cold"]) == action["cold_starts"]["count"]
        duration = action["duration_ms"]
        assert sum(action["timeline"]["duration_total_ms"]) == pytest.approx(duration["n"] * duration["mean"], abs=1)


def test_every_call_has_the_steps_that_its_record_names(host: Host) -> None:
    statistics = host.statistics("window=1h").json()
    documents = {each["activationId"]: each for each in host.records(name=SEQUENCE, docs="true")}
    calls = [each["activation_id"] for each in statistics["calls"] if each["name"] == SEQUENCE]
    assert len(calls) == len(documents) == len(host.statuses)
    for call in calls:
        trace = host.statistics(f"activation={call}").json()["activation"]
        assert [step["activation_id"] for step in trace["components"]] == documents[call]["logs"]


def test_the_prometheus_format_has_the_same_counts(host: Host) -> None:
    text = host.statistics("format=prometheus&window=1h").text
    statistics = host.statistics("window=1h").json()
    for action in statistics["actions"]:
        if action["name"] != "classifier/statistics":  # itself counted meanwhile
            line = next(
                each
                for each in text.splitlines()
                if each.startswith("openwhisk_action_activations_total{") and f'"{action["name"]}"' in each
            )
            assert float(line.split()[-1]) == action["activations"]


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x"])
def test_without_the_token_there_is_401_and_nothing_else(host: Host, token: str) -> None:
    answer = host.statistics("window=1h", token=token)
    assert (answer.status_code, set(answer.json())) == (401, {"type", "title", "status", "detail", "code"})


def test_a_caller_cannot_bring_its_own_token_along(host: Host) -> None:
    for query in ("admin_token=x", "__ow_query=x&admin_token=x"):
        assert host.statistics(query, token="x").status_code in (400, 401)


def test_no_record_holds_the_token_or_the_key(host: Host) -> None:
    host.statistics("window=15m")
    documents = host.records(name="classifier/statistics", docs="true")
    assert len(documents) > 3
    text = json.dumps(documents)
    assert TOKEN not in text
    assert GUEST_KEY not in text


def cells(page: Page, name: str) -> dict[str, str]:
    row = page.locator(f'#actions-table tr[data-action="{name}"]')
    return {str(each.get_attribute("data-column")): each.inner_text() for each in row.locator("td").all()}


def number(text: str) -> int:
    """``1,234 ms`` -> 1234"""
    return int("".join(each for each in text if each.isdigit()))


def bars(page: Page, chart: str) -> dict[str, int]:
    """What the bars of ``chart`` are of, and how many."""
    rows = page.locator(f"#{chart} a").all()
    return {row.locator(".bar-name").inner_text(): number(row.locator(".bar-value").inner_text()) for row in rows}


def test_the_page_equals_the_count_by_hand(host: Host, open_page: OpenPage) -> None:
    # WHEN somebody signs in and looks at the last hour
    page = open_page(f"{host.url}/admin.html")
    page.fill("#token", TOKEN)
    with page.expect_response("**/metrics?*") as answered:
        page.click("#sign-in-button")
    statistics, seen = answered.value.json(), answered.value.header_value("x-openwhisk-activation-id")
    expected = counted(host, statistics, str(seen))
    page.click("#pause")
    # THEN the tiles are those of the sequence
    sequence = expected[SEQUENCE]
    failed = sequence["activations"] - sequence["outcomes"][0]
    tiles = page.locator(".tile .tile-value").all_inner_texts()
    assert [number(tiles[place]) for place in (0, 2, 4, 5, 6)] == [
        sequence["activations"],
        failed,
        *sequence["duration"][:3],
    ]
    assert tiles[1] == f"{sequence['outcomes'][0] / sequence['activations'] * 100:.1f}\u202f%"
    assert tiles[3] == f"{sequence['cold'] / sequence['activations'] * 100:.1f}\u202f%"
    faults = page.locator('[data-tile="errors"] [data-fault]').all_inner_texts()
    refused = sum(400 <= status < 500 for status in host.statuses) - 2  # the platform answers 400 for the two that died
    assert [number(each.partition(":")[2]) for each in faults] == [refused, failed - refused]
    # AND the table has every action
    assert page.locator("#actions-table tbody tr").count() == len(expected)
    for name, own in expected.items():
        shown = cells(page, name)
        outcomes = [number(shown[column]) for column in ("Application", "Developer", "Platform")]
        assert [number(shown["Activations"]), number(shown["Cold"]), *outcomes] == [
            own["activations"],
            own["cold"],
            *own["outcomes"][1:],
        ]
        assert [number(shown[rank]) for rank in ("p50", "p95", "p99", "Longest")] == own["duration"]
    # AND what failed, what was found, and when
    own_codes = Counter(code for code in host.codes if code != "the platform's")
    codes = own_codes + Counter({"action-developer-error": 1, "time-out": 1, "invalid-request": 2})  # two alone
    failures = page.locator("#failures li").all()
    assert {
        str(row.get_attribute("data-code")): int(row.locator(".failure-count").inner_text()) for row in failures
    } == codes
    assert bars(page, "labels") == Counter(host.labels)
    page.locator("#chart-outcomes summary").click()
    succeeded = page.locator("#chart-outcomes tbody td:nth-child(2)").all_inner_texts()
    assert sum(map(number, succeeded)) == sequence["outcomes"][0]


def test_a_failed_call_opens_to_its_steps_and_their_logs(host: Host, open_page: OpenPage) -> None:
    page = open_page(f"{host.url}/admin.html")
    page.fill("#token", TOKEN)
    page.click("#sign-in-button")
    page.click("#more-calls")
    call = page.locator("#calls > li", has_text="internal")
    call.locator("summary").click()
    expect(call.locator(".waterfall li")).to_have_count(3)
    expect(call.locator(".log").last).to_contain_text("RuntimeError: on purpose")
    timed_out = page.locator("#calls > li", has_text="time-out")
    timed_out.locator("summary").click()
    expect(timed_out.locator(".banner")).to_contain_text("exceeded its time limits of 1500 milliseconds")
