"""What the world of a definition, or its clients, write in their own way.

A version in front of a path, `/v1.0/Customers`, is a further name of the service root: links in an answer have it where
the request had it. Clients that kiota makes say `@id` for `$id` where a reference is removed.
"""

import re

from msgspec.structs import replace

from odata_service.edm.model import Schema
from odata_service.service.message import Request
from odata_service.service.own_urls import below_root


def below_version(request: Request, schema: Schema) -> Request:
    """A request with the version, if its path begins with one, in its base URL."""
    path = without_version(request.path, schema)
    if path is request.path:
        return request
    version = request.path.partition("/")[0]
    return replace(request, path=path, base_url=f"{request.base_url}{version}/")


def without_version(path: str, schema: Schema) -> str:
    """A path below the service root, without a version that it may begin with; what the model names goes before it."""
    versions = schema.profile.version_segments
    if not path.startswith(versions):
        return path
    first, _, rest = path.partition("/")
    return rest if first in versions and first not in _names(schema) else path


def below_service(url: str, base_url: str, schema: Schema) -> str | None:
    """What follows the service root in a URL, whichever version it has; None for one of another service."""
    below = below_root(url, service_root(base_url, schema))
    return None if below is None else without_version(below, schema)


def service_root(base_url: str, schema: Schema) -> str:
    """The base URL of a request without the version that it had."""
    stated = next((f"{name}/" for name in schema.profile.version_segments if base_url.endswith(f"/{name}/")), "")
    return base_url.removesuffix(stated)


def with_id_option(request: Request) -> Request:
    """The removal of a reference with `$id`, if it was written as the alias of a parameter that nothing refers to."""
    if request.method != "DELETE" or not request.path.endswith("$ref"):
        return request
    return replace(request, query=_ID.sub("$id=", request.query, count=1))


_ID = re.compile(r"(?:^|(?<=&))(?:@|%40)id=", re.IGNORECASE)


def _names(schema: Schema) -> set[str]:
    return {child.name for child in schema.container.children()}
