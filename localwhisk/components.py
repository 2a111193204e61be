"""The components that a sequence names: which references are well-formed, and to what they refer."""

import re

from localwhisk import Json
from localwhisk.entities import NAME, NAMESPACE
from localwhisk.rejection import NOT_FOUND, Rejected, malformed

NO_COMPONENT = "No component specified for the sequence."
SEGMENT = re.compile(NAME, re.ASCII)
TOO_SHORT = "The fully qualified name of the entity must contain at least the namespace and the name of the entity."


def of_exec(given: Json) -> tuple[str, ...]:
    """The components of an exec, as ``/guest/[package/]name`` each."""
    if "components" not in given:
        raise malformed("'components' must be defined for sequence kind")
    components = given["components"]
    if not isinstance(components, list):
        raise malformed("'components' must be an array")
    if not components:
        raise Rejected(400, NO_COMPONENT)
    return tuple(map(full_name, components))


def full_name(reference: object) -> str:
    """``/_/[package/]name`` or ``/guest/[package/]name`` in full. Without its first slash, too, it begins with a
    namespace."""
    if not isinstance(reference, str):
        raise malformed("fully qualified name malformed")
    segments = [segment for segment in reference.split("/") if segment]
    if not segments:
        raise malformed("requirement failed: path undefined")
    if not all(map(SEGMENT.fullmatch, segments)):
        raise malformed(f"requirement failed: path contains invalid parts ArraySeq({', '.join(segments)})")
    if len(segments) == 1:
        raise malformed(f"requirement failed: {TOO_SHORT}")

    namespace, *names = segments
    if namespace not in ("_", NAMESPACE):
        resource = f"{namespace}/{names[0]}"
        raise Rejected(403, f"The supplied authentication is not authorized to access '{resource}'.")
    if len(names) > 2:
        raise Rejected(404, NOT_FOUND)
    return "/".join(["", NAMESPACE, *names])
