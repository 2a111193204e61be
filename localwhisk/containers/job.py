"""What one activation asks of a container, as the messages of the action protocol (OpenWhisk docs/actions-new.md)."""

from collections.abc import Callable
from dataclasses import dataclass

from localwhisk import Json
from localwhisk.activation import Call
from localwhisk.entities import NAMESPACE, Action
from localwhisk.strict_json import JsonValue


@dataclass(frozen=True)
class Job:
    """One activation of an action that is no sequence."""

    action: Action
    call: Call
    arguments: JsonValue
    environment: dict[str, str]  # the init-only parameters
    read_code: Callable[[], str | None]  # raises ``Rejected`` where the action has changed since

    def context(self, now_ms: int, api_key: str) -> dict[str, str]:
        """What ``/init`` and ``/run`` are told about the activation. All values are strings.

        The action has its whole time limit from ``now_ms`` on. A missing annotation ``provide-api-key`` counts as true
        on the platform, but the controller adds a false one to every new action.
        """
        context = {
            "namespace": NAMESPACE,
            "action_name": f"/{self.action.path}",
            "action_version": self.action.version,
            "activation_id": self.call.activation_id,
            "transaction_id": self.call.transaction_id,
            "deadline": str(now_ms + self.action.limits.timeout_ms),
        }
        if self.action.annotations.get("provide-api-key"):
            context["api_key"] = api_key
        return context

    def init_message(self, context: dict[str, str]) -> Json:
        """The body of ``/init``; it has no ``code`` where an image has the action built in."""
        value: Json = {
            "name": self.action.name,
            "main": self.action.exec.main or "main",
            "binary": self.action.exec.binary,
            "env": self.environment | {f"__OW_{name.upper()}": text for name, text in context.items()},
        }
        code = self.read_code()
        if code is not None:
            value["code"] = code
        return {"value": value}

    def run_message(self, context: dict[str, str]) -> Json:
        """The body of ``/run``."""
        return {"value": self.arguments, **context}
