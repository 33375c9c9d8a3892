"""The body of a write to one property becomes its value: in JSON, or raw (Protocol 11.4.9; JSON Format 11)."""

from msgspec.structs import replace

from odata_service.edm.model import Property
from odata_service.edm.structured import Value
from odata_service.edm.types import Kind, kind_of
from odata_service.edm.values import PrimitiveValue, fit, parse
from odata_service.errors import PayloadError
from odata_service.payload.read import read_object
from odata_service.payload.read_values import Members, ValueReader, told_type
from odata_service.settings import Limits


def read_property(body: bytes, part: Property, reader: ValueReader, limits: Limits) -> Value:
    """The value that a body states for a property."""
    return property_value(read_object(body, limits), part, reader)


def property_value(members: Members, part: Property, reader: ValueReader) -> Value:
    """The value that a body's object states for a property: `{"value": …}`, of a complex one the object itself."""
    stated = {name for name in members if "@" not in name}
    if kind_of(part.type) is None and not part.type.collection:
        is_null = stated == {"value"} and members["value"] is None
        if not is_null or "value" in reader.schema.properties(part.type.name):
            return reader.value(members, part.type, "")
    elif stated != {"value"}:
        raise PayloadError(
            f"The body states no value for '{part.name}', or more than that.",
            target="value",
            hint='Send {"value": …}, and nothing beside it.',
        )
    return reader.property_value(part, members["value"], told_type(members), part.name)


def read_item(body: bytes, part: Property, reader: ValueReader, limits: Limits) -> Value:
    """The value that a body states to be added to a property that is a collection."""
    return read_property(body, replace(part, type=part.type.element), reader, limits)


def read_raw(body: bytes, part: Property) -> PrimitiveValue:
    """The primitive value that a raw body stands for: text in UTF-8, of a binary property the bytes themselves."""
    try:
        if kind_of(part.type) is Kind.BINARY:
            return fit(body, part.type)
        return fit(parse(body.decode("utf-8"), part.type), part.type)
    except UnicodeDecodeError as error:
        raise PayloadError("The body is not UTF-8.", target=part.name, hint="Encode it as UTF-8.") from error
    except ValueError as error:
        raise PayloadError(f"Property '{part.name}': {error}", target=part.name) from error
