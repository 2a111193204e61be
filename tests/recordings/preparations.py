"""What was on the platform before a row, where no row of the recordings says so. Inferred from the answers: the code of
an action from what it returned, an entity made anew from its version.

One kind of it has a rule instead: a PUT without ``overwrite`` that made something found nothing (test_recordings.py).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.recordings.rows import Row

IDENTITY = "def main(args):\n    return args\n"
# Returns what the query says: as JSON, as a Python expression, or all arguments. The last form marks the answer.
REPLY = 'import json\ndef main(args):\n    if "r" in args: return json.loads(args["r"])\n'
EVALUATE = '    if "x" in args: return eval(args["x"], {"args": args, "__import__": __import__})\n'
REPLY_N = REPLY + '    return {"body": args}\n'
REPLY_W = REPLY + EVALUATE + '    return {"body": args}\n'
REPLY_E = REPLY + EVALUATE + '    return {"body": args, "headers": {"X-From": "action"}}\n'
REPLY_RAW = 'def main(args):\n    return {"body": args}\n'
REPLY_RAW_E = 'def main(args):\n    return {"body": args, "headers": {"X-From": "action"}}\n'
EXECUTE = 'def main(args):\n    scope = {}\n    exec(args["c"], scope)\n    return scope["main"](args)\n'
STEP = (  # of the sequences: takes the first expression of the list s, and says at its end which arguments arrived
    'import json\ndef main(args):\n    s = list(args.get("s", []))\n'
    '    if not s: return {"end": sorted(args), "ow": sorted(k for k in args if k.startswith("__ow"))}\n'
    '    g = {"args": args, "s": s[1:], "__import__": __import__}\n    return eval(s[0], g)\n'
)
PATH = 'def main(args):\n    q = args.pop("__ow_query", None)\n    p = args.pop("__ow_path")\n' + (
    '    return {"body": {"a": {k: v for k, v in args.items() if not k.startswith("__ow")}, "p": p, "q": q}}\n'
)
TYPED = 'def main(args):\n    return {"headers": {"Content-Type": args["t"]}, "body": args["b"]}\n'
WEB = {"web-export": True}


class Request(NamedTuple):
    method: str
    path: str  # below namespaces/_
    body: Any = None


def package(name: str, **parameters: Any) -> Request:
    return Request("PUT", f"packages/{name}?overwrite=true", {"parameters": pairs(parameters)})


def action(name: str, code: str, annotations: dict[str, Any] | None = None, **more: Any) -> Request:
    """A Python action; ``more``: limits other than 10 s, 128 MB and 10 MB of logs, and ``parameters``."""
    limits = {"timeout": 10000, "memory": 128, "logs": 10}
    limits |= {key: value for key, value in more.items() if key in limits}
    exec_ = {"kind": "python:3.11", "code": code, **({"main": more["main"]} if "main" in more else {})}
    body = {"exec": exec_, "limits": limits, "annotations": pairs(annotations or {})}
    return Request("PUT", f"actions/{name}", {**body, "parameters": pairs(more.get("parameters", {}))})


def sequence(name: str, *components: str, **annotations: Any) -> Request:
    exec_ = {"kind": "sequence", "components": [f"/_/{component}" for component in components]}
    body = {"exec": exec_, "annotations": pairs(annotations)}
    return Request("PUT", f"actions/{name}?overwrite=true", body)


def pairs(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def made_anew(path: str, body: dict[str, Any]) -> list[Request]:
    return [Request("DELETE", f"{path}?force=true"), Request("PUT", path, body)]


def create_api(base: str, path: str, verb: str, name: str = "diffgw/e", **more: str) -> Request:
    """A route as createApi takes it; ``<host>`` is filled in."""
    backend = {"name": name, "namespace": "_", "backendMethod": verb, "authkey": "<guest>", **more}
    backend["backendUrl"] = f"http://<host>/api/v1/web/guest/{name}.http"
    apidoc = {"namespace": "_", "gatewayBasePath": base, "gatewayPath": path, "gatewayMethod": verb, "action": backend}
    url = "/api/v1/web/whisk.system/apimgmt/createApi.http?accesstoken=x&spaceguid=<space>&responsetype=http"
    return Request("POST", url, {"apidoc": apidoc})


REQUIRED = {"astr": "secret", "aup": "Secret", "anum": 123, "aflt": 1.5, "afalse": False, "anull": None}
REQUIRED |= {"aobj": {"a": 1}, "aempty": ""}

BEFORE_FILE = {
    "python": [
        package("diffpy"),
        action("diffpy/x", EXECUTE, timeout=5000, logs=1),
        action("diffpy/x1", EXECUTE, timeout=1000, logs=1),
    ],
    "sequences": [
        package("diffseq", pk="P"),
        action("diffseq/a", STEP, timeout=3000),
        action("diffseq/b", STEP, timeout=3000),
        action("diffseq/c", STEP, timeout=3000, parameters={"mine": 1}),
        action("diffseq/slow", "import time\ndef main(args):\n    time.sleep(2)\n    return args\n", timeout=500),
    ],
    "activations": [
        action("diffseq/l", 'def main(args):\n    print("p")\n    return args\n'),
        *(Request("POST", "actions/diffseq/l?blocking=true", {"i": number}) for number in range(4)),
    ],
    "web": [
        package("diffweb", pp="pkg"),
        action("diffweb/w", REPLY_W, WEB),
        action("diffweb/dot.http", REPLY_W, WEB),
        action("diffweb/boot", "raise ValueError()", WEB),
        action("diffweb/notweb", REPLY_W),
        action("diffweb/webstr", REPLY_W, {"web-export": "true"}),
        action("diffweb/raw", REPLY_RAW, {**WEB, "raw-http": True}),
        action("diffweb/rawstr", REPLY_RAW, {**WEB, "raw-http": "true"}),
        action("diffweb/fin", REPLY_RAW, {**WEB, "final": True}, parameters={"own": 1, "nul": None}),
        action("diffweb/rawfin", REPLY_RAW, {**WEB, "raw-http": True, "final": True}, parameters={"own": 1}),
        action("diffweb/opt", REPLY_W, {**WEB, "web-custom-options": True}),
        action("diffweb/optstr", REPLY_W, {**WEB, "web-custom-options": "true"}),
        *(action(f"diffweb/{name}", REPLY_W, {**WEB, "require-whisk-auth": value}) for name, value in REQUIRED.items()),
        action("diffweb/aopt", REPLY_W, {**WEB, "require-whisk-auth": "secret", "web-custom-options": True}),
        sequence("diffweb/seq", "diffweb/w", "diffweb/w", **WEB),
        action("diffwdef", REPLY_W, WEB),
    ],
    "gateway": [
        package("diffgw"),
        action("diffgw/e", REPLY_E, WEB),
        action("diffgw/raw", REPLY_RAW_E, {**WEB, "raw-http": True}),
        action("diffgw/fin", REPLY_E, {**WEB, "final": True}, parameters={"own": 1}),
        action("diffgw/sec", REPLY_E, {**WEB, "require-whisk-auth": "s3"}),
        action("diffgw/cust", REPLY_E, {**WEB, "web-custom-options": True}),
        action("diffgw/notweb", REPLY_E),
    ],
    "logs": [package("difflog")],
    "accept": [package("diffacc"), action("diffacc/w", REPLY_N, WEB), action("diffacc/n", REPLY_N)],
    "more": [
        package("diffmore"),
        action("diffmore/p", PATH, WEB),
        action("diffmore/echo", TYPED, WEB),
        action("diffmore/n", IDENTITY, {"final": True}, parameters={"own": 1}),
    ],
}

LOGGING = {  # code of difflog/l by the name of its row
    "leading blanks": 'print(" lead")',
    "unterminated line": 'sys.stdout.write("a"); sys.stdout.flush()',
    "unterminated stderr": 'print("a"); sys.stderr.write("b"); sys.stderr.flush()',
    "sentinel itself": 'print("XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX")',
    "carriage return": 'print("a\\r\\nb\\n\\t tab")',
    "ansi and nul": 'print("\\033[1mx\\0")',
    "long line": 'print("y" * 20031)',
    "bad bytes": 'os.write(1, b"\\xff\\xfe bad\\n")',
    "child process": 'os.system("echo from child")',
    "limit 0": 'print("a")',
    "limit 0 silent": "pass",
    "timeout keeps logs": 'print("before", flush=True); time.sleep(9)',
    "exit keeps logs": 'print("before"); sys.exit(1)',
    "exit keeps flushed logs": 'print("before", flush=True); sys.exit(1)',
    "exception": 'raise ValueError("x")',
    "error result": 'print("before"); return {"error": "x"}',
    "invalid result": 'print("before"); return 1',
    "at import": 'print("in main")',
    "import fails": "pass",
    "empty lines": 'print("\\n\\nx")',
    "unicode": 'print("ü😀")',
    "many lines": "[print(i) for i in range(3000)]",
    "interleaved": "print(1, flush=True); print(2, file=sys.stderr, flush=True); print(3, flush=True)",
    "after return": "t = threading.Timer(60, print); t.daemon = True; t.start()",
    "1.5 MB at limit 1": '[print(f"{i:06}" + "z" * 93) for i in range(15000)]',
    "web action beyond its time limit .http": "time.sleep(9)",
    "latin1 body bytes": 'return {"headers": {"Content-Type": "text/plain; charset=iso-8859-1"}, "body": "é"}',
}
AT_IMPORT = {"at import": 'print("at import")\n', "import fails": "raise ValueError()\n"}


def logging(name: str) -> list[Request]:
    """difflog/l anew, doing what ``name`` says."""
    code = f"import os, sys, threading, time\n{AT_IMPORT.get(name, '')}"
    code += f"def main(args):\n    {LOGGING[name]}\n    return {{}}\n"
    limits = {"timeout": 1000 if "time" in name else 10000 if "1.5 MB" in name else 5000}
    limits["logs"] = 0 if "limit 0" in name else 1 if "limit 1" in name else 10
    annotations = WEB if "web" in name or "latin1" in name else {}
    return [Request("DELETE", "actions/difflog/l"), action("difflog/l", code, annotations, **limits)]


def of_a_package(name: str) -> list[Request]:
    body = {"annotations": pairs({"a": 1}), "parameters": pairs({"p": 1}), "publish": True}
    if name == "package overwrite=TRUE":
        body |= {"parameters": pairs({"pk": 1}), "publish": False}
    return made_anew("packages/diffrest", body)


def of_an_action() -> list[Request]:
    made = action("diffrest/act", IDENTITY, {"x": 1}, parameters={"p": 1, "q": None})
    return [Request("DELETE", "actions/diffrest/act"), made]


def before(row: Row, previous: Row) -> Iterator[Request]:
    """The requests that must come before ``row``, which follows ``previous``."""
    if row.number == 1:
        yield from BEFORE_FILE.get(row.file, [])
    yield from BEFORE_ROW.get(f"{row.file}: {row.name}", [])
    if row.path.startswith("/api/v1/namespaces/_/packages/diffrest?overwrite") and 55 < row.number < 85:
        yield from of_a_package(row.name)
    if row.path == "/api/v1/namespaces/_/actions/diffrest/act?overwrite=true":
        yield from of_an_action()
    if previous.name.startswith("action name "):
        yield Request("DELETE", previous.path)
    if row.file == "logs" and is_new(row.name, previous.name) and row.name.partition(" / ")[0] in LOGGING:
        yield from logging(row.name.partition(" / ")[0])
    if row.name.endswith(" / its record") and is_new(row.name, previous.name):
        yield invocation(row)


def is_new(name: str, previous: str) -> bool:
    """Whether what ``name`` is about is not what the row before it was about."""
    return name.partition(" / ")[0] != previous.partition(" / ")[0]


def invocation(row: Row) -> Request:
    """The invocation, itself not recorded, whose record ``row`` asks for; its name says which it was."""
    name, action = row.name.removesuffix(" / its record"), row.answer.body["annotations"]
    path = next(pair["value"] for pair in action if pair["key"] == "path").removeprefix("guest/")
    body: dict[str, Any] = {"n": 1} if path == "diffpy/code" else {}
    if name.startswith("returns "):
        body = {"c": f"def main(args):\n    return {name.removeprefix('returns ')}"}
    if name == "os._exit":
        body = {"c": "import os\ndef main(args): os._exit(1)"}
    if name.startswith("invoke first "):
        body = {"s": [name.removeprefix("invoke first ")]}
    return Request("POST", f"actions/{path}?blocking=true", body)


BEFORE_ROW = {
    "sequences: invoke all": [
        sequence("diffseq/s", "diffseq/a", "diffseq/b", "diffseq/c"),
        sequence("diffseq/nest", "diffseq/a", "diffseq/s", "diffseq/c"),
        sequence("diffseq/slowseq", "diffseq/a", "diffseq/slow"),
        action("diffseq/gone", STEP),
        sequence("diffseq/goneseq", "diffseq/a", "diffseq/gone"),
        Request("DELETE", "actions/diffseq/gone"),
    ],
    "rest: action list": [Request("DELETE", "actions/diffrest/act"), action("diffrest/act", IDENTITY)],
    "rest: code 1.5 MiB": [*made_anew("packages/diffrest", {}), package("diffrest")],
    "activations: record of a deleted action": [Request("DELETE", "actions/diffseq/l")],
    "gateway: create options": [create_api("/dgw", "/pat", "patch"), create_api("/dgw", "/head", "head")],
    "gateway: create secured none": [create_api("/dgw", "/secw", "get", "diffgw/sec", secureKey="no")],
    "gateway: create missing action": [create_api("/dgw", "/notweb", "get", "diffgw/notweb")],
    "gateway: getApi unknown": [create_api("/dgw2", "/", "get"), create_api("/dgw", "/x.json", "get")],
}
