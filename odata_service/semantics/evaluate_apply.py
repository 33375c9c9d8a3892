"""$apply over Python instances: slow, obvious, and the judge of the SQL (Data Aggregation 3).

Instances are mappings as in `semantics.evaluate`; related collections are lists of them. Of aggregated instances, what
belongs to a related entity is a mapping too, so that `Customer/Country` is found where it was found before.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cmp_to_key
from types import MappingProxyType
from typing import assert_never

from odata_service.edm.types import Kind, kind_of
from odata_service.semantics.access import chain_of, name_of
from odata_service.semantics.evaluate import Entity, Evaluation, Value
from odata_service.semantics.evaluate_aggregates import METHODS, compare, exact
from odata_service.semantics.evaluate_nodes import above
from odata_service.semantics.resolved import OrderItem
from odata_service.semantics.transformations import (
    Aggregate,
    Aggregating,
    Calling,
    Computing,
    Concatenating,
    Filtering,
    Gathering,
    Grouping,
    Hierarchy,
    Joining,
    Nesting,
    Ordering,
    Ranking,
    Relating,
    Slicing,
    Spread,
    Subset,
    TopLevels,
    Transformation,
    Transformations,
    Traversing,
)
from odata_service.semantics.tree import Expression, NavigationAccess, PropertyAccess

Instances = list[Entity]
Keys = tuple[PropertyAccess, ...]


def transformed(steps: Transformations, instances: Sequence[Entity], evaluation: Evaluation) -> Instances:
    """What comes out of a sequence of transformations; the order of the instances given is that of their keys."""
    made = _run(steps, list(instances), _Group(evaluation))
    hidden = {item.alias.property.name for step in steps if isinstance(step, Gathering) for item in step.items}
    return [{name: value for name, value in one.items() if name not in hidden} for one in made] if hidden else made


class _Group:
    """The group that a sequence runs in: the properties it is grouped by, and their values."""

    def __init__(
        self,
        evaluation: Evaluation,
        keys: Mapping[PropertyAccess, Value] = MappingProxyType({}),
        related: Mapping[NavigationAccess, Entity | None] = MappingProxyType({}),
    ) -> None:
        self.evaluation = evaluation
        self.keys = keys
        self.related = related

    def within(
        self, keys: Mapping[PropertyAccess, Value], related: Mapping[NavigationAccess, Entity | None]
    ) -> "_Group":
        """A group inside this one."""
        return _Group(self.evaluation, {**self.keys, **keys}, {**self.related, **related})

    def value(self, expression: Expression, instance: Entity) -> Value:
        """The value of an expression over an instance."""
        return self.evaluation.value(expression, instance)

    def instance(self, added: Mapping[PropertyAccess, Value]) -> Entity:
        """An instance with the grouping properties and further members."""
        made: dict[str, object] = {}
        for access, value in {**self.keys, **added}.items():
            _put(made, [name_of(step) for step in chain_of(access)], value)
        for relation, entity in self.related.items():
            _put(made, [name_of(step) for step in chain_of(relation)], entity)
        return made


def _put(instance: dict[str, object], path: Sequence[str], value: object) -> None:
    for name in path[:-1]:
        inner = instance.setdefault(name, {})
        assert isinstance(inner, dict), "members stand inside what they belong to"
        instance = inner
    instance[path[-1]] = value


def _run(steps: Transformations, instances: Instances, group: _Group) -> Instances:
    for step in steps:
        instances = _step(step, instances, group)
    return instances


def _step(step: Transformation, instances: Instances, group: _Group) -> Instances:
    match step:
        case Ordering(items):
            return _ordered(items, instances, group)
        case Computing(items):
            return [{**instance, **_computed(items, instance, group)} for instance in instances]
        case Joining():
            return [{**instance, **member} for instance in instances for member in _joined(step, instance, group)]
        case Nesting():
            return _nesting(step, instances, group)
        case Calling():
            return _called(step, instances, group)
        case Aggregating(items):
            return [group.instance({item.alias: _aggregate(item, instances, group) for item in items})]
        case Gathering(items):
            of_all = {item.alias.property.name: _aggregate(item, instances, group) for item in items if not item.each}
            own = [item for item in items if item.each]
            return [{**instance, **of_all, **_each(own, instance, group)} for instance in instances]
        case Grouping():
            return _grouped(step, instances, group)
        case Concatenating(parts):
            return [instance for part in parts for instance in _run(part.steps, instances, group)]
        case _:
            return _subset(step, instances, group)


def _nesting(step: Nesting, instances: Instances, group: _Group) -> Instances:
    """Every instance with what is nested in it, or one instance with what all of them become."""
    if step.navigation is not None:
        return [{**instance, **_nested(step, instance, group)} for instance in instances]
    made = {alias: _run(inner, instances, _Group(group.evaluation)) for alias, inner in step.items}
    return [{**group.instance({}), **made}]


def _called(step: Calling, instances: Instances, group: _Group) -> Instances:
    """What a function of the service gives; what is no entity has the properties of its group."""
    arguments = {name: value.value for name, value in step.call.arguments}
    found = group.evaluation.called(step.call.operation.name, instances, arguments)
    return found if step.source is not None else [{**group.instance({}), **one} for one in found]


def _subset(step: Subset, instances: Instances, group: _Group) -> Instances:
    match step:
        case Filtering(predicate):
            return [instance for instance in instances if group.value(predicate, instance) is True]
        case Slicing(operator, count):
            number = group.value(count, {})
            assert isinstance(number, int), "top and skip have a number"
            return instances[:number] if operator == "top" else instances[number:]
        case Ranking():
            return _ranked(step, instances, group)
        case Relating():
            return _relatives(step, instances, group)
        case Traversing():
            return _traversed(step, instances, group)
        case TopLevels():
            return _top_levels(step, instances, group)
        case _:
            assert_never(step)


def _each(items: Sequence[Aggregate], instance: Entity, group: _Group) -> Mapping[str, object]:
    """Aggregates of what belongs to one instance."""
    return {item.alias.property.name: _aggregate(item, [instance], group) for item in items}


def _joined(step: Joining, instance: Entity, group: _Group) -> Iterator[Entity]:
    """What each member of a collection adds to an instance."""
    name = step.alias.access.navigation.name
    members = _run(step.steps, list(_related(instance.get(step.step.navigation.name))), _Group(group.evaluation))
    yield from ({name: member} for member in members)
    if step.outer and not members:
        yield {name: None}


def _nested(step: Nesting, instance: Entity, group: _Group) -> Mapping[str, object]:
    """What `addnested` puts into an instance: a collection, or a single entity."""
    assert step.navigation is not None, "without one there is a single instance"
    related = list(_related(instance.get(step.navigation.name)))
    made = {alias: _run(inner, related, _Group(group.evaluation)) for alias, inner in step.items}
    return made if step.navigation.collection else {alias: next(iter(found), None) for alias, found in made.items()}


def _computed(
    items: Sequence[tuple[PropertyAccess, Expression]], instance: Entity, group: _Group
) -> Mapping[str, object]:
    return {alias.property.name: group.value(expression, instance) for alias, expression in items}


def _grouped(step: Grouping, instances: Instances, group: _Group) -> Instances:
    groups: dict[tuple[Value, ...], Instances] = {}
    if step.alone is not None:
        groups = {known: [] for known in _group_keys(step.alone, group)}
    for spread in step.spreads:
        instances = _spread(spread, instances, group)
    for instance in instances:
        groups.setdefault(tuple(group.value(key, instance) for key in step.keys), []).append(instance)
    result: Instances = []
    for values, members in groups.items():
        related = {known.access: group.evaluation.related(known.access, members[0]) for known in step.related}
        inner = group.within(dict(zip(step.keys, values, strict=True)), related)
        made = [inner.instance({})] if step.steps is None else _run(step.steps, members, inner)
        result += [_landed(step, instance, group) for instance in made]
    places = [spread.way[0].property.name for spread in step.spreads if spread.way]
    return sorted(result, key=lambda one: [str(one[place]) for place in places])


def _group_keys(spread: Spread, group: _Group) -> list[tuple[Value, ...]]:
    """The nodes that are groups: the name of each, and the way to it where there may be several."""
    nodes = _run(spread.subset, list(group.evaluation.entities(spread.hierarchy.nodes.name)), _Group(group.evaluation))
    return [tuple(group.value(part, node) for part in (spread.hierarchy.node, *spread.way)) for node in nodes]


def _spread(spread: Spread, instances: Instances, group: _Group) -> Instances:
    """Every instance as often as there are nodes that its own is at or below, with what tells of the node."""
    pairs = [(node, parent) for node, parents, _ in _nodes(spread.hierarchy, group) for parent in parents or (None,)]
    names = [key.property.name for key in spread.keys]
    known = list(dict.fromkeys(_group_keys(spread, group)))
    result: Instances = []
    for instance in instances:
        around = above(group.value(spread.member, instance), pairs, None, itself=True)
        result += [{**instance, **dict(zip(names, values, strict=True))} for values in known if values[0] in around]
    return result


def _landed(step: Grouping, instance: Entity, group: _Group) -> Entity:
    """An instance that is told of its nodes."""
    made = dict(instance)
    for spread in step.spreads:
        name = made.pop(spread.mark.property.name)
        node = next(entity for known, _, entity in _nodes(spread.hierarchy, group) if known == name)
        if spread.whole:
            made = {**made, **node} if set(node) <= set(made) else {**node, **made}
        elif spread.related is not None:
            _put(made, [name_of(part) for part in chain_of(spread.related.access)], node)
        else:
            _put(made, [name_of(part) for part in chain_of(spread.member)], name)
    return made


def _nodes(hierarchy: Hierarchy, group: _Group) -> list[tuple[Value, list[Value], Entity]]:
    """All nodes, each with its name and those of its parents."""
    entities = group.evaluation.entities(hierarchy.nodes.name)
    return [
        (group.value(hierarchy.node, entity), list(_parents(hierarchy, entity, group)), entity) for entity in entities
    ]


def _parents(hierarchy: Hierarchy, entity: Entity, group: _Group) -> Iterator[Value]:
    """The names of what is above a node."""
    found = [entity] if hierarchy.parent is not None else []
    for step in chain_of(hierarchy.parent):
        if isinstance(step, NavigationAccess):
            found = [related for one in found for related in _related(one.get(step.navigation.name))]
    yield from (group.value(hierarchy.node, one) for one in found)


def _traversed(step: Traversing, instances: Instances, group: _Group) -> Instances:
    """The instances in the order of the tree, with the place of each way to their node and the names above it."""
    nodes = _nodes(step.hierarchy, group)
    parents = {node: above_it for node, above_it, _ in nodes}
    sorted_nodes = _ordered(step.siblings, [entity for _, _, entity in nodes], group)
    names = [group.value(step.hierarchy.node, entity) for entity in sorted_nodes]
    begin = [name for name in names if not any(parent in parents for parent in parents[name])]
    if step.start is not None:
        left = _run(step.start, [entity for _, _, entity in nodes], _Group(group.evaluation))
        begin = [group.value(step.hierarchy.node, entity) for entity in _ordered(step.siblings, left, group)]

    def walk(name: Value, way: tuple[Value, ...]) -> Iterator[tuple[Value, tuple[Value, ...]]]:
        children = (child for child in names if name in parents[child] and child not in (name, *way))
        below = (found for child in children for found in walk(child, (name, *way)))
        yield from ((name, way), *below) if step.preorder else (*below, (name, way))

    result: Instances = []
    for place, (name, way) in enumerate(found for first in begin for found in walk(first, ())):
        told = {step.place.property.name: f"{place:09}", step.above.property.name: json.dumps(list(map(str, way)))}
        result += [{**one, **told} for one in instances if group.value(step.member, one) == name]
    return result


def _top_levels(step: TopLevels, instances: Instances, group: _Group) -> Instances:
    """The nodes of the first levels, each with what tells where it stands."""
    own = [(group.value(step.hierarchy.node, one), one) for one in instances]
    names = {name for name, _ in own}
    above = {name: group.value(step.hierarchy.above, one) for name, one in own}
    apart = {group.value(node, {}): math.inf if levels is None else levels for node, levels in reversed(step.open)}
    shown: Instances = []

    def walk(name: Value, one: Entity, distance: int, left: float) -> None:
        children = [(child, found) for child, found in own if above[child] == name]
        told: dict[str, object] = {"DistanceFromRoot": distance, "LimitedRank": len(shown)}
        told["DrillState"] = "leaf" if not children else "expanded" if left > 0 else "collapsed"
        place = len(shown)
        shown.append({**one, step.place.property.name: f"{place:09}"})
        for child, found in children if left > 0 else ():
            walk(child, found, distance + 1, apart.get(child, left - 1))
        told["LimitedDescendantCount"] = len(shown) - place - 1
        shown[place] = {**shown[place], **{part.property.name: told[what] for what, part in step.derived}}

    for name, one in own:
        if above[name] not in names:
            walk(name, one, 0, apart.get(name, math.inf if step.levels is None else step.levels - 1))
    return shown


def _ordered(items: Sequence[OrderItem], instances: Instances, group: _Group) -> Instances:
    for item in reversed(items):
        key = cmp_to_key(compare)
        instances = sorted(
            instances, key=lambda instance: key(group.value(item.expression, instance)), reverse=item.descending
        )
    return instances


def _ranked(step: Ranking, instances: Instances, group: _Group) -> Instances:
    ordered = _ordered([OrderItem(step.value, step.descending)], instances, group)
    amount = group.value(step.amount, {})
    assert isinstance(amount, int | float | Decimal), "what is ranked by is a number"
    if step.measure == "count":
        return ordered[: int(amount)]
    values = [exact(group.value(step.value, instance)) for instance in ordered]
    whole = Decimal(sum(values))
    wanted = Decimal(str(amount)) * (whole / 100 if step.measure == "percent" else 1)
    return [instance for place, instance in enumerate(ordered) if sum(values[:place]) < wanted]


def _relatives(step: Relating, instances: Instances, group: _Group) -> Instances:
    hierarchy = step.hierarchy
    pairs = [(node, parent) for node, parents, _ in _nodes(hierarchy, group) for parent in parents]
    started = (group.value(step.member, instance) for instance in _run(step.start, instances, group))
    current: set[Value] = {node for node in started if node is not None}
    found: set[Value] = set(current) if step.keep_start else set()
    left = len(pairs) + 1 if step.distance is None else group.value(step.distance, {})
    assert isinstance(left, int), "a distance is a number"
    for _ in range(left):
        if step.up:
            current = {parent for node, parent in pairs if node in current and parent is not None}
        else:
            current = {node for node, parent in pairs if parent in current}
        found |= current
    return [instance for instance in instances if group.value(step.member, instance) in found]


def _aggregate(item: Aggregate, instances: Instances, group: _Group) -> Value:
    members: Iterable[Entity] = _run(item.source, instances, group)
    for step in item.path:
        members = [related for member in members for related in _related(member.get(step.navigation.name))]
    if item.operand is None:
        return len(list(members))
    if isinstance(item.operand, NavigationAccess):
        entities = [group.evaluation.related(item.operand, member) for member in members]
        return len({id(entity) for entity in entities if entity is not None})
    values = [value for member in members if (value := group.value(item.operand, member)) is not None]
    if item.method == "average" and values and kind_of(item.operand.type) is not Kind.DECIMAL:
        return sum(float(value) for value in values) / len(values)
    if item.custom is not None:
        assert item.custom.work is not None, "SQL alone carries it out"
        return item.custom.work(values, item.alias.type) if values else None
    return METHODS[item.method](values)


def _related(found: object) -> Sequence[Entity]:
    if isinstance(found, Mapping):
        return [found]
    assert found is None or isinstance(found, list), "a collection is a list"
    return found or []
