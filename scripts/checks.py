"""What this package needs of an OpenWhisk, and how to tell from what the platform says of itself.

Nothing here talks to anybody: a check takes answers that were fetched before and gives findings in words.
The fields are those of OpenWhisk's Controller.scala (``GET /``) and of Limits.scala (``GET .../limits``).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from target import Target

MEGABYTE = 1024 * 1024
PAYLOAD = 1 * MEGABYTE  # what the page and decode count on: whisk.activation.payload.max of a stock OpenWhisk
READABLE_BY_WSKDEPLOY = "application/json; charset=UTF-8"

FAILED = "Ask again: the first call pulls the image. If it stays, `wsk activation list` shows which action fails."
ADVICE = {  # by the status of the deployed classifier's answer
    0: "The address is that of the API gateway, as it tells it itself: it must be reachable from here.",
    401: "The route was made without the secret that the action wants (require-whisk-auth). Run `make deploy`.",
    404: "The route is there, but not what it leads to. Run `make deploy`.",
    405: "The route leads nowhere: its backend is no URL, as wskdeploy alone makes it. Run `make deploy`.",
    429: "The namespace has used up its invocations. Ask again in a minute.",
}


@dataclass(frozen=True)
class Answer:
    """What came back for one request; ``status`` 0 with the reason in ``failure`` if nothing did."""

    status: int = 0
    content_type: str = ""
    document: Any = None
    failure: str = ""
    verified: bool = True  # whether the certificate was valid

    @property
    def ok(self) -> bool:
        return self.status == 200

    @property
    def object(self) -> dict[str, Any]:
        """The document if it is a JSON object, else an empty one."""
        return self.document if isinstance(self.document, dict) else {}

    def __str__(self) -> str:
        error = self.object.get("error")
        return self.failure or f"HTTP {self.status}" + (f" ({error})" if isinstance(error, str) else "")


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was looked at, how it is, and what to change where it is not well."""

    subject: str
    state: Literal["ok", "note", "problem"]
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class Needs:
    """What the manifest asks for. Memory and logs in MB, time in milliseconds."""

    kinds: frozenset[str]
    memory: frozenset[int]
    timeout: int
    logs: int
    components: int
    images: bool
    routes: bool


def ok(subject: str, text: str) -> Finding:
    return Finding(subject, "ok", text)


def problem(subject: str, text: str, remedy: str) -> Finding:
    return Finding(subject, "problem", text, remedy)


def needs(manifest: Mapping[str, Any]) -> Needs:
    """What the packages of ``manifest`` ask for."""
    packages = manifest["packages"].values()
    actions = [action for package in packages for action in package.get("actions", {}).values()]
    limits = [action.get("limits", {}) for action in actions]
    sequences = [sequence for package in packages for sequence in package.get("sequences", {}).values()]
    return Needs(
        kinds=frozenset(action["runtime"] for action in actions if "runtime" in action),
        memory=frozenset(limit.get("memorySize", 256) for limit in limits),
        timeout=max(limit.get("timeout", 60_000) for limit in limits),
        logs=max(limit.get("logSize", 10) for limit in limits),
        components=max((len(sequence["actions"].split(",")) for sequence in sequences), default=0),
        images=any("docker" in action for action in actions),
        routes=any("apis" in package for package in packages),
    )


def examine(target: Target, need: Needs, answers: Mapping[str, Answer]) -> Iterator[Finding]:
    """Every finding, in the order in which to mend what is wrong.

    ``answers``: info, namespaces, limits, routes. What makes later checks meaningless ends the list.
    """
    yield from host(target)
    reachable = platform(answers["info"], target)
    yield from reachable
    if any(finding.state == "problem" for finding in reachable):
        return
    yield kinds(answers["info"], need)
    user = credentials(answers["namespaces"])
    yield user
    if user.state == "problem":
        return
    yield from limits(answers["info"].object.get("limits", {}), answers["limits"].object, need)
    if need.images:
        yield images(answers["limits"])
    if need.routes:
        yield from gateway(target, answers["routes"])


def host(target: Target) -> Iterator[Finding]:
    """Whether the form of the API host is one that holds no trap."""
    parts = urlsplit(target.url)
    yield ok("API host", f"{target.url} (from {target.source})")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        yield Finding("API host", "note", "http: key and photos travel readable for everybody in between", "Use https.")


def platform(info: Answer, target: Target) -> list[Finding]:
    """Whether an OpenWhisk answers there, in a way that wskdeploy can read."""
    subject = "platform"
    if info.failure:
        advice = "Check host, port and scheme; a standalone OpenWhisk listens on http://localhost:3233."
        return [problem(subject, f"nothing answers on {target.url}: {info.failure}", advice)]
    if not info.ok or "runtimes" not in info.object:
        advice = "APIHOST must be the host of the controller or its proxy, not of the API gateway."
        return [problem(subject, f"GET / answers {info}, not the platform information of an OpenWhisk", advice)]
    findings = [ok(subject, "answers with its runtimes and limits")]
    if not info.verified:
        advice = "Give the host a valid certificate: browsers refuse it otherwise, and wskdeploy verifies none."
        findings.append(
            Finding(subject, "note", "its certificate is not valid, so somebody else could answer in its place", advice)
        )
    return findings


def kinds(info: Answer, need: Needs) -> Finding:
    """Whether the platform has the runtimes, and wskdeploy gets to know."""
    subject = "runtimes"
    if info.content_type not in READABLE_BY_WSKDEPLOY:  # strings.Contains(), as runtimes/runtimes.go tests it
        text = f"GET / has the content type {info.content_type!r}, so wskdeploy would use its own, old list of runtimes"
        return problem(subject, text, 'Have the proxy in front of the controller leave "application/json" as it is.')
    families = info.object["runtimes"].values()
    offered = {runtime["kind"] for family in families for runtime in family if not runtime.get("deprecated")}
    missing = sorted(need.kinds - offered)
    if missing:
        of_family = sorted(kind for kind in offered if kind.split(":")[0] in {kind.split(":")[0] for kind in missing})
        text = f"{', '.join(missing)} is not offered (of its family: {', '.join(of_family) or 'none'})"
        return problem(
            subject,
            text,
            "Add it to the platform's runtimes manifest (runtimes.json); the zips hold wheels for just that version.",
        )
    return ok(subject, f"{', '.join(sorted(need.kinds))} offered")


def credentials(namespaces: Answer) -> Finding:
    """Whether the key is accepted."""
    subject = "credentials"
    if namespaces.status in (401, 403):
        return problem(
            subject,
            f"refused: {namespaces}",
            "AUTH must be a key of this very platform: `wsk property get --auth`, `wskadmin user get`.",
        )
    if not namespaces.ok or not isinstance(namespaces.document, list) or not namespaces.document:
        return problem(
            subject,
            f"GET /api/v1/namespaces answers {namespaces}, not a list with a namespace",
            "Ask the operator of the platform.",
        )
    return ok(subject, f"accepted; namespace {namespaces.document[0]}")


def limits(system: Mapping[str, Any], namespace: Mapping[str, Any], need: Needs) -> Iterator[Finding]:
    """Whether the manifest stays within what the platform allows, and the namespace where it has limits of its own."""

    def bound(own: str, general: str, unit: int = 1) -> float | None:
        if isinstance(namespace.get(own), int | float):
            return float(namespace[own])
        return system[general] / unit if general in system else None

    lowest = bound("minActionMemory", "min_action_memory", MEGABYTE)
    highest = bound("maxActionMemory", "max_action_memory", MEGABYTE)
    yield within("memory", "MB", (min(need.memory), max(need.memory)), (lowest, highest), "whisk.memory")
    longest = bound("maxActionTimeout", "max_action_duration")
    yield within("time", "ms", (need.timeout, need.timeout), (None, longest), "whisk.time-limit")
    most_logs = bound("maxActionLogs", "max_action_logs", MEGABYTE)
    yield within("logs", "MB", (need.logs, need.logs), (None, most_logs), "whisk.log-limit")
    length = bound("", "sequence_length")
    yield within(
        "sequence", "actions", (need.components, need.components), (None, length), "limits-actions-sequence-maxLength"
    )
    yield payload(namespace.get("maxPayloadSize"))
    yield rate(
        bound("invocationsPerMinute", "actions_per_minute"), bound("concurrentInvocations", "concurrent_actions")
    )


def within(
    subject: str, unit: str, asked: tuple[int, int], allowed: tuple[float | None, float | None], setting: str
) -> Finding:
    """Whether ``asked`` (least, most) lies in ``allowed``, of which an end that the platform does not tell is None."""
    low, high = allowed
    wanted = f"{asked[0]} {unit}" if asked[0] == asked[1] else f"{asked[0]} to {asked[1]} {unit}"
    if (low is not None and asked[0] < low) or (high is not None and asked[1] > high):
        bounds = f"{'any' if low is None else f'{low:g}'} to {'any' if high is None else f'{high:g}'} {unit}"
        return problem(
            subject,
            f"{wanted} needed, {bounds} allowed",
            f"Raise {setting} of the platform or of the namespace, or change manifest.yaml.",
        )
    if high is None:
        return Finding(subject, "note", f"{wanted} needed; the platform does not tell its limit", f"Look up {setting}.")
    return ok(subject, f"{wanted} needed, up to {high:g} {unit} allowed")


def size_in_bytes(told: Any) -> int | None:
    """A size as OpenWhisk writes one (ByteSize.toString), in the unit that it was configured in: "1 MB" is 1048576."""
    found = re.fullmatch(r"(\d+) ?([KMG]?)B", str(told))
    return int(found[1]) << {"": 0, "K": 10, "M": 20, "G": 30}[found[2]] if found else None


def payload(told: Any) -> Finding:
    """Whether a request, a result and what goes between two actions may have 1 MiB. ``told`` is like "1048576 B"."""
    subject = "payload"
    size = size_in_bytes(told)
    if size is None:
        return ok(
            subject, "the platform does not tell its limit; 1 MiB, the default of OpenWhisk, is what this package needs"
        )
    if size < PAYLOAD:
        return problem(
            subject,
            f"{PAYLOAD} bytes needed, {size} allowed",
            "Raise whisk.activation.payload.max, of the platform or of the namespace.",
        )
    return ok(subject, f"{PAYLOAD} bytes needed, {size} allowed")


def rate(per_minute: float | None, at_once: float | None) -> Finding:
    """How many classifications the namespace may do. A sequence costs one invocation, but each running step a place."""
    if per_minute is None or at_once is None:
        return Finding("rate", "note", "the platform does not tell how many invocations it allows")
    text = (
        f"{per_minute:g} classifications a minute and {at_once:g} actions at once, for all users of the page together"
    )
    if per_minute <= 60:
        return Finding(
            "rate",
            "note",
            text,
            "Raise limits-actions-invokes-perMinute and -concurrent of the namespace if that is too few.",
        )
    return ok("rate", text)


def images(own: Answer) -> Finding:
    """Whether Docker actions are allowed (KindRestrictor.scala: if kinds are listed, no other is allowed)."""
    allowed = own.object.get("allowedKinds")
    if allowed and "blackbox" not in allowed:
        return problem(
            "images",
            f"only {', '.join(sorted(allowed))} allowed, and a Docker action is of kind blackbox",
            "Have blackbox added to allowedKinds of the namespace.",
        )
    if own.ok:
        return ok("images", "Docker actions allowed; the invokers must be able to pull the image")
    return Finding(
        "images",
        "note",
        f"the limits of the namespace cannot be read ({own})",
        "If the deployment fails at classify, ask whether kind blackbox is allowed.",
    )


def gateway(target: Target, routes: Answer) -> Iterator[Finding]:
    """Whether routes can be made. The management API is three web actions of namespace whisk.system."""
    subject = "API gateway"
    if not routes.ok or "apis" not in routes.object:
        yield problem(
            subject,
            f"getApi answers {routes}, not a list of routes",
            "Install the gateway and its management actions (ansible/routemgmt.yml; standalone: option --api-gw).",
        )
        return
    yield ok(subject, f"{len(routes.object['apis'])} APIs there")
    if "://" in target.wskdeploy_host:
        text = f"wskdeploy alone tells the gateway that the actions are at https://{target.url}, which is no URL"
        yield Finding(
            subject, "note", text, "`make deploy` puts the routes right; after wskdeploy alone they end with 405."
        )


def installed(url: str, reply: Answer) -> Finding:
    """Whether the deployed classifier at ``url`` (empty if there is none) answered a picture as it should."""
    if not url:
        return problem("classifier", "it is not installed there", "Run `make deploy`.")
    if reply.ok and reply.object.get("predictions"):
        best = reply.object["predictions"][0]
        return ok("classifier", f"{url} answers: {best['label']}, probability {best['probability']:.2f}")
    return problem("classifier", f"{url} answers {reply} to a picture", ADVICE.get(reply.status, FAILED))


def url(route: str, routes: Answer) -> str:
    """The public URL of ``route``, /base/path, or nothing if it does not exist (openwhisk core/routemgmt: gwApiUrl)."""
    base, path = route.rsplit("/", 1)
    for api in (found["value"] for found in routes.object.get("apis", [])):
        if api["apidoc"]["basePath"] == base and f"/{path}" in api["apidoc"].get("paths", {}):
            return f"{api['gwApiUrl']}/{path}"
    return ""
