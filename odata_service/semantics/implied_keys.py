"""Parts of keys that the path before them says already, and that it may leave out (URL Conventions 4.3.3).

Where the way back has a referential constraint, the entity that a path comes from says what the dependent properties
of the related entities are: in `Orders(1)/items(2)` the number of the order need not stand again.
"""

from collections.abc import Mapping, Sequence

from odata_service.semantics.resolved import KeyStep, NavigationStep, Step
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import KeyValue


def implied_key(steps: Sequence[Step], scope: Scope) -> Mapping[str, KeyValue]:
    """By their names, the parts of the key behind these steps that they say; the scope is that of what they lead to."""
    match steps:
        case [*_, KeyStep(key, is_alternate), NavigationStep(navigation)] if not is_alternate:
            schema = scope.request.schema
            back = schema.navigation_properties(navigation.target).get(navigation.partner or "")
            known = {part.leaf.path: part for part in key}
            tied = {
                constraint.property: known[constraint.referenced_property]
                for constraint in (back.referential_constraints if back is not None else ())
                if constraint.referenced_property in known
            }
            return {
                name: KeyValue(name, leaf, tied[leaf.path].value)
                for name, leaf in schema.key_leaves(scope.entity_type)
                if leaf.path in tied and tied[leaf.path].leaf.type.name == leaf.type.name
            }
        case _:
            return {}
