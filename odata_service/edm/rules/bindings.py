"""Navigation property bindings: where paths lead, and whether their targets have what they lead to (CSDL 13.4)."""

from collections.abc import Iterator

from odata_service.edm.model import EntitySet, EntityType, NavigationBinding, NavigationProperty, Singleton
from odata_service.edm.rules.inspection import Inspection, Way, warning
from odata_service.edm.rules.navigation import nearest
from odata_service.errors import Origin, Problem

Source = EntitySet | Singleton


def binding_problems(model: Inspection) -> Iterator[Problem]:
    """What is wrong with the bindings of all entity sets and singletons."""
    container = model.draft.container
    sources: list[Source] = [*container.entity_sets.values(), *container.singletons.values()]
    for source in sources:
        declared = model.draft.types.get(source.entity_type)
        if isinstance(declared, EntityType):
            first: dict[str, NavigationBinding] = {}
            for binding in source.navigation_bindings:
                same = first.setdefault(binding.path, binding)
                if same is not binding:
                    message = f"'{binding.path}' of '{source.name}' is bound already, to '{same.target}'."
                    yield warning(_origin(binding, source), f"{message} The first one counts.")
                yield from _path_problems(binding, source, declared, model)


def _origin(binding: NavigationBinding, source: Source) -> Origin:
    return binding.origin if binding.origin.file else source.origin


def _path_problems(
    binding: NavigationBinding, source: Source, declared: EntityType, model: Inspection
) -> Iterator[Problem]:
    way = model.follow(binding.path, declared)
    origin, subject = _origin(binding, source), f"'{binding.path}' of '{source.name}'"
    navigation = last_navigation(way)
    if navigation is None:
        where = f"'{way.end.name}' has no '{way.missing}'" if way.missing and way.end else "that is none"
        yield warning(origin, f"{subject} is bound as a navigation property, but {where}.{nearest(way, model)}")
        return
    if navigation.contains_target:
        message = f"{subject} contains its entities, so it cannot be bound to another entity set."
        yield warning(origin, message)
    target = _target(binding.target, model)
    if target is not None and not model.are_related(target.entity_type, navigation.target):
        message = f"{subject} leads to '{navigation.target}', but '{binding.target}' has '{target.entity_type}'."
        yield warning(origin, message)


def last_navigation(way: Way) -> NavigationProperty | None:
    """The navigation property that a path ends with, a cast behind it passed over."""
    if way.missing is not None:
        return None
    steps = [step for step in way.steps if isinstance(step, NavigationProperty)]
    return steps[-1] if steps else None


def _target(path: str, model: Inspection) -> Source | None:
    """The set or singleton that a simple target names; a path into containment belongs to no set of its own."""
    container = model.draft.container
    first, _, rest = path.partition("/")
    name = rest if "." in first else first
    if "/" in name or ("." not in first and rest):
        return None
    return container.entity_sets.get(name) or container.singletons.get(name)
