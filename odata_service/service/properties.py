"""PUT, PATCH, POST and DELETE of a property: the entity that has it is changed (Protocol 11.4.9, 11.4.10).

A member of a complex value, or of a collection at its place, is changed inside that value: the value is read, and
written whole to the version that it was read in. So are the dynamic properties of an entity, which are kept together.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.edm.annotations import IMMUTABLE, is_read_only, is_tagged
from odata_service.edm.kept import recall_members
from odata_service.edm.leaves import DYNAMIC, Leaf, is_tagged_value
from odata_service.edm.model import Property, Schema
from odata_service.edm.structured import ComplexValue, Value
from odata_service.edm.types import TypeRef, kind_of
from odata_service.errors import BadRequest, MethodNotAllowed, NotFound, PayloadError, PreconditionFailed
from odata_service.payload import (
    EntityReader,
    Related,
    etag_of,
    property_value,
    read_item,
    read_object,
    read_raw,
    related_inside,
)
from odata_service.plan.values import Stated, gathered, merged, whole
from odata_service.plan.write import Place
from odata_service.semantics.resolved import CastStep, DynamicStep, OrdinalStep, PropertyStep, ResourcePath, Step
from odata_service.service.address import Address, KeyedPath, first_property
from odata_service.service.body import check_json
from odata_service.service.changes import EntityUpdate
from odata_service.service.conditional import at_version
from odata_service.service.dynamic import dynamic_edit, item_edit, with_dynamic
from odata_service.service.edits import Edit, check_raw, place_in, with_item, without_item
from odata_service.service.graph import Graph
from odata_service.service.message import Response
from odata_service.service.pages import Page
from odata_service.service.preferences import applied_headers
from odata_service.service.read import VARY, BoundRead, answer_read, no_entity
from odata_service.service.relations import node_at, reader_of
from odata_service.service.updates import changed
from odata_service.service.workshop import Workshop
from odata_service.service.write import (
    Asked,
    check_deep,
    conditions_for,
    located,
    refuse_match,
    refuse_missing,
    require_there,
    standing_of,
)
from odata_service.storage import Contention


def change_property(asked: Asked, workshop: Workshop) -> Response:
    """Changes a property, or a member of a complex one: 204 with the entity's new ETag, or what it is now."""
    steps = asked.query.path.steps[first_property(asked.query.path) :]
    refused = unchangeable(asked.query.path, workshop.schema)
    if refused is not None:
        raise refused
    try:
        change = _change(asked, workshop)
    except PayloadError:
        require_there(located(asked.address, workshop).uncast, workshop)
        raise
    edit, needs_value = change.edit, change.needs_value
    changing = steps[:-1] if change.ends_item else steps
    conditions = conditions_for(asked, workshop)
    declared, address = asked.address.path.type.name, located(asked.address, workshop)
    with workshop.transaction():
        refuse_match(address, conditions, workshop)
        standing = standing_of(address, declared, workshop)
        place = Place(address.source, standing.entity_type if standing else declared, address.own_key)
        parent, first = workshop.parent(address), steps[0]
        if not needs_value and isinstance(first, PropertyStep) and len(steps) == 1:
            top = first.property
            update = EntityUpdate("SET", place, {top.name: edit(None, top.type)}, address.uncast)
            if not changed(update, conditions, parent, workshop):
                refuse_missing(address, workshop)
        else:
            version, value = value_at(place, first, address, workshop)
            if conditions.match is not None and not conditions.match.match(etag_of(version)):
                raise PreconditionFailed("The entity has changed since this ETag was read.", target="If-Match")
            stated = _stated(value, changing, place, edit, workshop)
            update = EntityUpdate("SET", place, stated, address.uncast)
            if not changed(update, at_version(version), parent, workshop):
                raise Contention("Another change of the entity came between.", hint="Send the request again.")
        if change.related:
            node = node_at(address, workshop)
            assert node is not None, "the entity was changed in this transaction"
            Graph(workshop, asked.request.base_url, asked.request.method).relate(node, change.related)
        return _answer(asked, address, steps, workshop)


def _stated(value: Value, steps: Sequence[Step], place: Place, edit: Edit, workshop: Workshop) -> Stated:
    """What the change states of the entity: the property with its value changed; of dynamic properties all."""
    first, *rest = steps
    if isinstance(first, PropertyStep):
        top = first.property
        return {top.name: _edited(value, top.type, rest, edit, workshop)}
    known = value if isinstance(value, ComplexValue) else ComplexValue(place.entity_type)
    return with_dynamic(known, steps, edit, workshop.schema).properties


def _property(step: Step) -> Property:
    assert isinstance(step, PropertyStep), "what follows an entity in the path is a property"
    return step.property


def unchangeable(path: ResourcePath, schema: Schema) -> MethodNotAllowed | None:
    """Why a property at the end of a path, or one around it, is not for clients to change; None where it is."""
    source, steps = path.entity_set, path.steps[first_property(path) :]
    keys = {part.path for part in schema.key(source.entity_type)} if source is not None else set()
    name = "/".join(step.property.name for step in steps if isinstance(step, PropertyStep))
    if any(key == name or key.startswith(f"{name}/") for key in keys):
        return _read_only(name, "is part of the key, which never changes")
    for step in steps:
        if isinstance(step, PropertyStep):
            if is_read_only(step.property.annotations):
                return _read_only(step.property.name, "is made by the service")
            if is_tagged(step.property.annotations, IMMUTABLE):
                return _read_only(step.property.name, "is set when the entity is created, and never again")
    return None


def _read_only(name: str, reason: str) -> MethodNotAllowed:
    return MethodNotAllowed(f"Property '{name}' {reason}.", allow=("GET", "HEAD"))


class _Change(Struct, frozen=True):
    """What a request does with a property's value, whether it must know it, and what it says of related entities.

    What `ends_item` changes the collection, of which it takes the member out that the path ends in.
    """

    edit: Edit
    needs_value: bool
    related: Mapping[str, Related] = field(default_factory=dict)
    ends_item: bool = False


def _change(asked: Asked, workshop: Workshop) -> _Change:
    if asked.query.path.dynamic:
        return _Change(dynamic_edit(asked, workshop), True)
    part, request, schema = _changed_part(asked.query.path.steps), asked.request, workshop.schema
    last = asked.query.path.steps[-1]
    if request.method == "DELETE" and isinstance(last, OrdinalStep):
        return _Change(lambda value, type_ref: without_item(value, last.place), True, ends_item=True)
    if request.method == "DELETE":
        return _Change(_nothing(part), False)
    if asked.query.path.is_value:
        check_raw(request.headers.get("content-type", ""), part)
        raw = read_raw(request.body, part)
        return _Change(lambda value, type_ref: raw, False)
    check_json(request.headers.get("content-type", ""))
    if request.method == "POST" and is_tagged_value(part.type):
        return _Change(item_edit(asked, workshop, part), True)
    if request.method == "POST":
        reader = reader_of(request.base_url, workshop)
        stated = read_item(request.body, part, reader, workshop.settings.limits)
        item = whole(stated, part.type.element, "", schema)
        index = -1 if asked.query.index is None else asked.query.index
        return _Change(lambda value, type_ref: with_item(value, item, index), True)
    return _stating(part, asked, workshop)


def _changed_part(steps: Sequence[Step]) -> Property:
    """The property that a path ends in, or that its last place is one of: then as one of its members is."""
    last = max(place for place, step in enumerate(steps) if isinstance(step, PropertyStep))
    part = _property(steps[last])
    is_member = any(isinstance(step, OrdinalStep) for step in steps[last:])
    return replace(part, type=part.type.element) if is_member else part


def _stating(part: Property, asked: Asked, workshop: Workshop) -> _Change:
    """A value that the body states; a complex one may say what it leads to."""
    schema, related = workshop.schema, dict[str, Related]()
    members: Mapping[str, object] = read_object(asked.request.body, workshop.settings.limits)
    if schema.is_taken_apart(part.type) and not asked.query.path.ordinals:
        reader = EntityReader(reader_of(asked.request.base_url, workshop), workshop.settings.limits.max_entities)
        related, members = related_inside(members, asked.query.path.way, asked.address.path.type.name, reader)
        check_deep(related, asked)
    stated = property_value(members, part, reader_of(asked.request.base_url, workshop))
    if asked.request.method == "PATCH" and kind_of(part.type) is None:
        return _Change(lambda value, type_ref: merged(value, stated, type_ref, part.name, schema), True, related)
    return _Change(lambda value, type_ref: whole(stated, type_ref, part.name, schema), False, related)


def _nothing(part: Property) -> Edit:
    """DELETE: null, of a collection no members; `BadRequest` for what must have a value."""
    if not part.type.collection and not part.type.nullable:
        raise BadRequest(f"Property '{part.name}' must not be null.", target=part.name, hint="Change it by PUT.")
    return lambda value, type_ref: () if type_ref.collection else None


def value_at(place: Place, first: Step, address: Address, workshop: Workshop) -> tuple[int, Value]:
    """The version of the entity, and the value that the property has; dynamic ones together, as members of one."""
    schema = workshop.schema
    top = first.property if isinstance(first, PropertyStep) else None
    path = DYNAMIC if top is None else place.path(top.name, schema)
    known = schema.leaves(place.source.entity_type)
    below: list[Leaf] = [leaf for name, leaf in known.items() if name == path or name.startswith(f"{path}/")]
    found = workshop.leaves(address, below)
    if found is None:
        raise no_entity()
    version, leaves = found
    if top is None:
        text = leaves[DYNAMIC]
        return version, ComplexValue(place.entity_type, {} if text is None else recall_members(str(text), schema))
    return version, gathered(path, top.type, leaves, schema)


def _edited(value: Value, type_ref: TypeRef, steps: Sequence[Step], edit: Edit, workshop: Workshop) -> Value:
    """A value with the member that the steps lead to changed."""
    if not steps:
        return edit(value, type_ref)
    first, *rest = steps
    if isinstance(first, OrdinalStep):
        members = value if isinstance(value, tuple) else ()
        at = place_in(members, first.place)
        changed_member = _edited(members[at], type_ref.element, rest, edit, workshop)
        return whole((*members[:at], changed_member, *members[at + 1 :]), type_ref, "", workshop.schema)
    if isinstance(first, CastStep):
        if isinstance(value, ComplexValue) and not workshop.schema.is_derived(value.type, first.entity_type):
            raise NotFound(f"This value is a '{value.type}', and no '{first.entity_type}'.")
        return _edited(value, replace(type_ref, name=first.entity_type), rest, edit, workshop)
    known = value if isinstance(value, ComplexValue) else ComplexValue(type_ref.name)
    if isinstance(first, DynamicStep):
        return whole(with_dynamic(known, steps, edit, workshop.schema), type_ref, first.name, workshop.schema)
    member = _property(first)
    inner = _edited(known.properties.get(member.name), member.type, rest, edit, workshop)
    if value is None and inner is None:
        return None
    return whole(
        replace(known, properties={**known.properties, member.name: inner}), type_ref, member.name, workshop.schema
    )


def _answer(asked: Asked, address: Address, steps: Sequence[Step], workshop: Workshop) -> Response:
    preferences = asked.context.preferences
    workshop.check_owed()
    standing = workshop.look(address)
    assert standing is not None, "the entity was changed in this transaction"
    told = {"ETag": etag_of(standing.version), "OData-Version": asked.context.version, "Vary": VARY}
    ends_item = asked.request.method == "DELETE" and isinstance(steps[-1], OrdinalStep)
    if preferences.returned != "representation" or asked.query.path.is_value or ends_item:
        returned = preferences.returned if preferences.returned == "minimal" else None
        return Response(204, {**told, **applied_headers(preferences, returned=returned)})
    path = replace(asked.query.path, steps=(*address.path.steps, *steps))
    request = replace(asked.request, headers={})
    then = workshop.read_by_key(asked.query, Address(KeyedPath(path), address.keys), request.query, asked.context)
    page = Page(request.path, request.query, None, (), None, workshop.secret)
    bound = BoundRead(request, address.keys, page, workshop.settings.limits)
    answer = answer_read(then, bound, workshop.store)
    answer.headers.update({**told, **applied_headers(preferences, returned="representation")})
    return answer
