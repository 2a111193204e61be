"""What the platform says about itself (Controller.scala, RestAPIs.scala)."""

from localwhisk import Json, limits, put

API = "/api/v1"


def platform_info() -> Json:
    """What ``GET /`` answers: wskdeploy takes the known runtimes from it."""
    return {"description": "OpenWhisk", "api_paths": [API], "runtimes": {"python": runtimes()}, "limits": limits_info()}


def runtimes() -> list[Json]:
    common: Json = {"image": {}, "deprecated": False, "attached": True, "requireMain": False}
    return [{"kind": kind, "default": kind == put.DEFAULT_KIND, **common} for kind in put.PYTHON_KINDS]


def limits_info() -> Json:
    """Memory and logs in bytes. Without actions_per_minute and concurrent_actions: this host has no such limits."""
    timeout = limits.OF_AN_ACTION["timeout"]
    memory = limits.OF_AN_ACTION["memory"]
    logs = limits.OF_AN_ACTION["logs"]
    return {
        "sequence_length": limits.SEQUENCE_ACTIONS,
        "min_action_duration": timeout.lowest,
        "max_action_duration": timeout.highest,
        "min_action_memory": memory.lowest * limits.MIB,
        "max_action_memory": memory.highest * limits.MIB,
        "min_action_logs": logs.lowest * limits.MIB,
        "max_action_logs": logs.highest * limits.MIB,
    }


def api_info() -> Json:
    """What ``GET /api/v1`` answers (``wsk property get``)."""
    return {
        "description": "OpenWhisk API",
        "api_version": "1.0.0",
        "api_version_path": "v1",
        "build": "localwhisk",
        "buildno": "0",
    }


def namespace_limits() -> Json:
    """What ``GET …/limits`` answers (Limits.scala). Without invocations per minute and the like, as above."""
    names = {"timeout": "Timeout", "memory": "Memory", "logs": "Logs", "concurrency": "Concurrency"}
    ranges = {f"Action{title}": limits.OF_AN_ACTION[name] for name, title in names.items()}
    return {
        **{f"min{name}": limit.lowest for name, limit in ranges.items()},
        **{f"max{name}": limit.highest for name, limit in ranges.items()},
        "maxParameterSize": f"{limits.PARAMETERS_BYTES} B",
    }
