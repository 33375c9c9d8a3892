"""What a client was seen to do, feature by feature: as one JSON object on standard output."""

import json
from collections.abc import Callable

_seen: dict[str, object] = {}


def feature(name: str, work: Callable[[], object]) -> None:
    """Records what the work of a feature gives, or that it failed; the next feature goes on."""
    try:
        _seen[name] = work()
    except Exception as error:
        _seen[name] = {"failed": f"{type(error).__name__}: {error}"[:400]}


def report() -> None:
    """Writes what was recorded."""
    print(json.dumps(_seen))
