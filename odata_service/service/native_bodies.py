"""What Python code states of an entity and of those around it, as a body of a request has it (Protocol 11.4.2).

| value of a navigation property | stands for |
|---|---|
| an `Entity`, its id as a text, `{"@odata.id": id}` | an entity that is there |
| a mapping | a new entity, with its own around it |
| `None`, a sequence of these | no entity; all those of a collection |

`"name@odata.bind"` takes ids and entities alone, and adds to a collection.
"""

from collections.abc import Iterable, Mapping

from odata_service.edm.model import NavigationProperty
from odata_service.payload import EntityValue, Item, Reference, Related, entity_url, native_members, type_among
from odata_service.service.entities import Entity, address_of
from odata_service.service.workshop import Workshop

_BIND = "@odata.bind"
_IDS = ("@odata.id", "@id")


def native_body(values: Mapping[str, object], declared: str, workshop: Workshop, path: str = "") -> EntityValue:
    """The body that values stand for, of an entity of the `declared` type or of one that `@odata.type` names.

    `path` is where it stands in one around it. `ValueError` for what fits no property.
    """
    schema = workshop.schema
    entity_type = type_among(values, declared, schema)
    navigation = schema.navigation_properties(entity_type)
    leading = {name: navigation.get(name.removesuffix(_BIND)) for name in values}
    own = {name: value for name, value in values.items() if leading[name] is None}
    return EntityValue(
        entity_type,
        native_members(own, entity_type, schema),
        related=_related(values, leading, workshop, path),
        path=path,
    )


def _related(
    values: Mapping[str, object], leading: Mapping[str, NavigationProperty | None], workshop: Workshop, path: str
) -> dict[str, Related]:
    found: dict[str, Related] = {}
    for name, navigation in leading.items():
        if navigation is None:
            continue
        where = f"{path}/{name}" if path else name
        items = tuple(_item(part, navigation, workshop, where) for part in _listed(values[name], navigation))
        known = found.get(navigation.name, Related(navigation, where))
        if name.endswith(_BIND):
            bound = tuple(item for item in items if isinstance(item, Reference))
            if len(bound) < len(items):
                raise ValueError(f"'{name}' takes entities that are there, or their ids.")
            found[navigation.name] = Related(navigation, where, bound, known.items)
        else:
            found[navigation.name] = Related(navigation, where, known.bound, items)
    return found


def _listed(value: object, navigation: NavigationProperty) -> Iterable[object]:
    if not navigation.collection:
        return () if value is None else (value,)
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise ValueError(f"'{navigation.name}' leads to many entities: {value!r:.60} is no sequence of them.")
    return value


def _item(value: object, navigation: NavigationProperty, workshop: Workshop, where: str) -> Item:
    match value:
        case str():
            return Reference(value, where)
        case Entity():
            address = address_of(value, workshop)
            return Reference(entity_url(address.path, address.keys), where)
        case Mapping():
            named = next((str(value[name]) for name in _IDS if name in value), None)
            return native_body(value, navigation.target, workshop, where) if named is None else Reference(named, where)
        case _:
            raise ValueError(f"{value!r:.60} is no entity for '{navigation.name}'.")
