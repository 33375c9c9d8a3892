"""Descriptions as parsed JSON, and requests to the paths that they have."""

import json
import re
from typing import Any

from odata_service.edm.model import Schema
from odata_service.openapi import Offer, describe

_EXAMPLES = {
    "string": "x",
    "integer": "1",
    "number": "1",
    "boolean": "true",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "date": "2024-02-03",
    "date-time": "2024-02-03T04:05:06Z",
    "duration": "PT1H",
    "base64url": "QUJD",
}
METHODS = frozenset({"get", "post", "put", "patch", "delete"})


def described(schema: Schema, offer: Offer | None = None, server: str = "http://host/") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(b"".join(describe(schema, offer or Offer(), server)))
    return found


def filled(path: str, item: dict[str, Any]) -> str:
    """A path with a value for each parameter in its template, relative to the service root."""
    values = {parameter["name"]: _value(parameter["schema"]) for parameter in item.get("parameters", ())}
    aliases = [part["name"] for part in item.get("get", {}).get("parameters", ()) if part.get("name", "")[:1] == "@"]
    found = re.sub(r"\{(\w+)\}", lambda match: values[match[1]], path).removeprefix("/")
    return f"{found}?{'&'.join(f'{alias}=[]' for alias in aliases)}" if aliases else found


def _value(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return str(schema["enum"][0])
    if "anyOf" in schema:
        return _value(schema["anyOf"][0])
    return _EXAMPLES.get(schema.get("format", ""), _EXAMPLES[schema.get("type", "string")])
