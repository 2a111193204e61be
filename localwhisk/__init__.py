"""An embedded host that deploys, runs and answers as OpenWhisk does; README.md says in what, and in what not."""

from typing import Any

Json = dict[str, Any]
