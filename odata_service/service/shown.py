"""What the answer to a write expands: all that its body states around an entity (Protocol 11.4.2.2)."""

from collections.abc import Sequence

from odata_service.edm.model import Schema
from odata_service.payload import EntityValue


def expanded_as_all(bodies: Sequence[EntityValue], declared: str, schema: Schema) -> str:
    """The $expand that shows entities with all that one of their bodies states around it."""
    items = _expanded(bodies, declared, schema)
    return f"$expand={items}" if items else ""


def expanded_as(body: EntityValue, declared: str, schema: Schema) -> str:
    """The $expand that shows an entity with all that its body states around it; empty where it states nothing."""
    return expanded_as_all([body], declared, schema)


def _expanded(bodies: Sequence[EntityValue], declared: str, schema: Schema) -> str:
    inner: dict[str, list[EntityValue]] = {}
    targets: dict[str, str] = {}
    for body in bodies:
        for name, related in body.related.items():
            path = schema.member_path(declared, body.type, name)
            nested = [item for item in related.items or () if isinstance(item, EntityValue)]
            if nested:
                inner.setdefault(path, []).extend(nested)
                targets[path] = related.navigation.target
    parts = ((path, _expanded(nested, targets[path], schema)) for path, nested in inner.items())
    return ",".join(f"{path}($expand={deeper})" if deeper else path for path, deeper in parts)
