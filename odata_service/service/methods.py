"""Which methods a resource takes: what the protocol gives it, less what its entity set's capabilities forbid.

(Protocol 11.2, 11.4; Capabilities vocabulary.)
"""

from odata_service.edm.capabilities import Capabilities, stated_capabilities
from odata_service.edm.operations import Action
from odata_service.errors import MethodNotAllowed, OptionNotAllowed
from odata_service.payload import is_place
from odata_service.semantics.resolved import KeyStep, MembersStep, NavigationStep, Query
from odata_service.semantics.restrictions import restrictions_along
from odata_service.semantics.tree import DynamicProperty

_EVERYTHING = Capabilities()


def allowed_methods(query: Query, *, read_only: bool = False) -> tuple[str, ...]:
    """The methods that a resource takes, in their usual order."""
    if query.path.call is not None:
        is_action = isinstance(query.path.call.operation, Action)
        return (() if read_only else ("POST",)) if is_action else ("GET", "HEAD")
    source = query.path.entity_set
    capabilities = _capabilities(query)
    if query.path.is_ref:
        reading = ("GET", "HEAD") if _is_readable(query, capabilities) else ()
        return (*reading, *(_linking(query) if _is_changed(query) and not read_only else ()))
    if query.path.is_each:
        changing = ("PATCH", capabilities.updatable), ("DELETE", capabilities.deletable)
        return () if read_only else tuple(method for method, is_allowed in changing if is_allowed)
    reading = ("GET", "HEAD") if _is_readable(query, capabilities) else ()
    if read_only or source is None:
        return reading
    if query.path.stream is not None:
        return (*reading, *(("PUT", "DELETE") if capabilities.updatable else ()))
    if not _is_writable(query):
        return reading
    if query.property is not None:
        return (*reading, *(_of_property(query) if capabilities.updatable else ()))
    if query.path.type.collection:
        adding = ("POST",) if capabilities.insertable else ()
        merging = ("PATCH",) if capabilities.updatable else ()
        can_replace = capabilities.insertable and capabilities.updatable and capabilities.deletable
        replacing = ("PUT",) if can_replace else ()
        return (*reading, *adding, *merging, *replacing)
    updating = ("PATCH", "PUT") if capabilities.updatable else ()
    deletable = capabilities.deletable and (source.nullable or not source.is_single)
    return (*reading, *updating, *(("DELETE",) if deletable else ()))


def _capabilities(query: Query) -> Capabilities:
    """What the source at the end of a path allows, and what the sources along it restrict of that."""
    source = query.path.entity_set
    known = source.capabilities if source else _EVERYTHING
    return stated_capabilities(restrictions_along(query.path), known)


def check_method(method: str, query: Query, *, read_only: bool = False) -> None:
    """Refuses a method that the resource does not take, telling those that it takes."""
    allowed = allowed_methods(query, read_only=read_only)
    if method in allowed:
        if query.id is not None and method != "DELETE":
            raise OptionNotAllowed(
                f"$id does not go with {method}.", target="$id", hint="It says what a DELETE removes."
            )
        return
    by_key = query.path.type.collection and query.path.entity_set and _capabilities(query).readable_by_key
    rest = "Its entities are there by their keys alone." if by_key else "It takes no method at all."
    taken = f"It takes {', '.join(allowed)}." if allowed else rest
    raise MethodNotAllowed(f"This resource does not take {method}.", allow=allowed, hint=taken)


def _is_changed(query: Query) -> bool:
    """Whether references at a path can be changed: entities that are contained have no other place."""
    steps = query.path.steps
    step = steps[-2] if isinstance(steps[-1], KeyStep) else steps[-1]
    return isinstance(step, NavigationStep) and step.target is not None and not step.target.is_contained


def _linking(query: Query) -> tuple[str, ...]:
    """The methods that change references: they are set and removed, and to many others are added."""
    if isinstance(query.path.steps[-1], KeyStep):
        return ("DELETE",)
    return ("POST", "PUT", "DELETE") if query.path.type.collection else ("PUT", "DELETE")


def _is_readable(query: Query, capabilities: Capabilities) -> bool:
    if query.path.joined:
        return all(part.entity_set.capabilities.readable for part in query.path.joined)
    single = not query.path.type.collection or query.property is not None
    return capabilities.readable_by_key if single else capabilities.readable


def _is_writable(query: Query) -> bool:
    """Whether the path names entities, or a property of one, as they can be changed: each, and not by a condition."""
    path = query.path
    is_among = path.filters or any(isinstance(step, MembersStep) for step in path.steps)
    is_among = is_among or any(step.members.where is not None for step in path.ordinals)
    is_among = is_among or any(is_place(name) for name in path.dynamic)
    is_among = is_among or (bool(path.dynamic) and not isinstance(query.property, DynamicProperty))
    return not (path.call is not None or is_among or path.is_each or path.is_count or path.is_ref or path.joined)


def _of_property(query: Query) -> tuple[str, ...]:
    """The methods that change a property: members of a collection are added and not merged, a raw value is replaced."""
    type_ref = query.path.type
    if query.path.dynamic and not query.path.is_value:
        return ("POST", "PATCH", "PUT", "DELETE")
    if query.path.is_value:
        return ("PUT", "DELETE")
    if type_ref.collection:
        return ("POST", "PUT", "DELETE")
    return ("PATCH", "PUT", "DELETE")
