"""What the platform says about itself (Controller.scala, RestAPIs.scala)."""

from localwhisk import Json, limits, put

API = "/api/v1"


def platform_info(quota: limits.Quota) -> Json:
    """What ``GET /`` answers: wskdeploy takes the known runtimes from it."""
    runtimes_info = {"python": runtimes()}
    limits_ = limits_info(quota)
    return {"description": "OpenWhisk", "api_paths": [API], "runtimes": runtimes_info, "limits": limits_}


def runtimes() -> list[Json]:
    common: Json = {"image": {}, "deprecated": False, "attached": True, "requireMain": False}
    return [{"kind": kind, "default": kind == put.DEFAULT_KIND, **common} for kind in put.PYTHON_KINDS]


def limits_info(quota: limits.Quota) -> Json:
    """Memory and logs in bytes. Without triggers_per_minute: there are none."""
    timeout = limits.OF_AN_ACTION["timeout"]
    memory = limits.OF_AN_ACTION["memory"]
    logs = limits.OF_AN_ACTION["logs"]
    return {
        "actions_per_minute": quota.per_minute,
        "concurrent_actions": quota.concurrent,
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


def namespace_limits(quota: limits.Quota) -> Json:
    """What ``GET …/limits`` answers (Limits.scala). Without triggers fired per minute and instances of an action."""
    names = {"timeout": "Timeout", "memory": "Memory", "logs": "Logs", "concurrency": "Concurrency"}
    ranges = {f"Action{title}": limits.OF_AN_ACTION[name] for name, title in names.items()}
    return {
        "invocationsPerMinute": quota.per_minute,
        "concurrentInvocations": quota.concurrent,
        **{f"min{name}": limit.lowest for name, limit in ranges.items()},
        **{f"max{name}": limit.highest for name, limit in ranges.items()},
        "maxParameterSize": f"{limits.PARAMETERS_BYTES} B",
    }
