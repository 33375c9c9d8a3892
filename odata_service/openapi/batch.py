"""The path item of `$batch` (OData to OpenAPI Mapping, 4.3.6)."""

from collections.abc import Iterator

from odata_service.openapi.answers import JSON
from odata_service.openapi.components import Json
from odata_service.openapi.operations import Described, Item, Items, Path

_MULTIPART = "multipart/mixed"
_NAME: Json = {"type": "string", "pattern": "^[A-Za-z0-9._~-]{1,200}$"}
_HEADERS: Json = {"type": "object", "additionalProperties": {"type": "string"}}
_REQUEST: Json = {
    "type": "object",
    "required": ["id", "method", "url"],
    "properties": {
        "id": _NAME,
        "method": {"type": "string", "enum": ["GET", "POST", "PATCH", "PUT", "DELETE"]},
        "url": {"type": "string", "description": "Relative to the service root, or absolute."},
        "headers": _HEADERS,
        "body": {},
        "atomicityGroup": {
            **_NAME,
            "type": ["string", "null"],
            "description": "Requests of one group are done together or not at all.",
        },
        "dependsOn": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The ids of earlier requests or groups.",
        },
        "if": {"type": "string", "description": "The request is made only where this is true."},
    },
}
_RESPONSE: Json = {
    "type": "object",
    "required": ["id", "status"],
    "properties": {
        "id": {"type": "string"},
        "status": {"type": "integer"},
        "atomicityGroup": {"type": "string"},
        "headers": _HEADERS,
        "body": {},
    },
}
_EXAMPLE: Json = {"requests": [{"id": "1", "method": "GET", "url": "$metadata"}]}
_MULTIPART_EXAMPLE = (
    "--one\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    "GET $metadata HTTP/1.1\r\nAccept: application/xml\r\n\r\n\r\n--one--\r\n"
)

_MULTIPART_BODY: Json = {"type": "string", "format": "odata-multipart"}


def batch_item(items: Items) -> Iterator[Item]:
    """The one path to which many requests are sent in one."""
    body: Json = {
        "required": True,
        "content": {
            JSON: {"schema": _several("requests", _REQUEST), "example": _EXAMPLE},
            f"{_MULTIPART};boundary=one": {"schema": _MULTIPART_BODY, "example": _MULTIPART_EXAMPLE},
        },
    }
    answered: Json = {
        "description": "The answers, each with a status of its own.",
        "content": {
            JSON: {"schema": _several("responses", _RESPONSE)},
            _MULTIPART: {"schema": {"type": "string"}},
        },
    }
    described = Described("send", "Send many requests in one.", {"200": answered}, body=body)
    yield from items.item(Path("/$batch", (), "batch", "Batch"), {"post": described})


def _several(name: str, item: Json) -> Json:
    return {"type": "object", "required": [name], "properties": {name: {"type": "array", "items": item}}}
