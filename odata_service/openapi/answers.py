"""Answers as OpenAPI responses (OData to OpenAPI Mapping, 4.4, 4.5.2)."""

from odata_service.openapi.components import Components, Json, component_name
from odata_service.openapi.types import TypeSchemas

JSON = "application/json"
_NO_CONTENT = "Done; there is nothing to tell."
_CONTEXT: Json = {"type": "string", "description": "What the answer is, as a part of $metadata."}
_ETAG: Json = {"ETag": {"description": "The version of what was read.", "schema": {"type": "string"}}}
_DETAIL: Json = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "target": {"type": ["string", "null"]}},
}
_ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "The kind of the failure, in a stable word."},
                "message": {"type": "string", "description": "What is wrong, and what to write instead."},
                "target": {"type": ["string", "null"], "description": "The part of the request that is wrong."},
                "details": {"type": "array", "items": _DETAIL},
                "innerError": {"type": "object"},
            },
        }
    },
}


class Answers:
    """Makes the responses of operations."""

    def __init__(self, components: Components, types: TypeSchemas) -> None:
        self._components = components
        self._types = types

    def page(self, name: str) -> Json:
        """Some entities of a type."""

        def make() -> Json:
            return {
                "type": "object",
                "title": f"Collection of {name.rpartition('.')[2]}",
                "required": ["value"],
                "properties": {
                    "@odata.context": _CONTEXT,
                    "@odata.count": {"type": "integer", "minimum": 0},
                    "value": {"type": "array", "items": self._types.instance(name)},
                    "@odata.nextLink": {"type": "string", "description": "The URL of the next page."},
                    "@odata.deltaLink": {"type": "string", "description": "The URL of what will have changed."},
                },
            }

        page = self._components.ref("schemas", component_name(name, "page"), make)
        return _told("The entities.", {JSON: {"schema": page}})

    def entity(self, name: str, description: str = "The entity.") -> Json:
        """One entity."""
        return {**_told(description, {JSON: {"schema": self._types.instance(name)}}), "headers": _ETAG}

    def value(self, schema: Json, description: str) -> Json:
        """The value of something that is no entity."""
        whole: Json = {"type": "object", "properties": {"@odata.context": _CONTEXT, "value": schema}}
        return _told(description, {JSON: {"schema": whole}})

    def whole(self, schema: Json, description: str) -> Json:
        """A value whose members stand in the answer itself."""
        return _told(description, {JSON: {"schema": schema}})

    def references(self) -> Json:
        """The ids of entities."""
        return self._components.ref("responses", "references", _references)

    def number(self) -> Json:
        """How many there are."""
        return self._components.ref("responses", "count", _number)

    def nothing(self) -> Json:
        """An answer without a body."""
        return self._components.ref("responses", "done", lambda: {"description": _NO_CONTENT})

    def failures(self) -> Json:
        """Every answer that tells of a failure."""
        return {"default": self._components.ref("responses", "error", self._error)}

    def _error(self) -> Json:
        error = self._components.ref("schemas", "error", lambda: _ERROR)
        return _told("Something is wrong with the request, or with the service.", {JSON: {"schema": error}})


def _told(description: str, content: Json) -> Json:
    return {"description": description, "content": content}


def _references() -> Json:
    reference: Json = {"type": "object", "properties": {"@odata.id": {"type": "string"}}}
    whole: Json = {
        "type": "object",
        "properties": {
            "@odata.context": _CONTEXT,
            "@odata.id": {"type": "string"},
            "value": {"type": "array", "items": reference},
        },
    }
    return _told("The ids of the entities.", {JSON: {"schema": whole}})


def _number() -> Json:
    return _told("How many there are.", {"text/plain": {"schema": {"type": "integer", "minimum": 0}}})
