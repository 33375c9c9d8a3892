"""The page that a browser gets at the service root: the entity sets, and how to connect."""

from urllib.parse import parse_qsl

from odata_service.edm.annotations import description_of
from odata_service.edm.model import Schema
from odata_service.service.accept import accepted_ranges
from odata_service.web.connect import WHOLE_SERVICE, is_offered


def wants_page(accept: str, query: str) -> bool:
    """Whether a client prefers HTML to JSON, as browsers do, and no `$format` in the query says otherwise.

    Java's HttpURLConnection names text/html too where it is not told what to accept, and `*`, which no browser does.
    """
    if "text/html" not in accept:
        return False
    names = [part.name for part in accepted_ranges(accept)]
    if "*" in names or any(name in {"$format", "format"} for name, _ in parse_qsl(query)):
        return False
    html = names.index("text/html") if "text/html" in names else len(names)
    json = names.index("application/json") if "application/json" in names else len(names)
    return html < json


def page_context(schema: Schema, base_url: str) -> dict[str, object]:
    """What the page's template shows: each entity set with its type, description, properties and links."""
    sets = [
        {
            "name": entity_set.name,
            "type": entity_set.entity_type,
            "description": description_of(schema.types[entity_set.entity_type].annotations),
            "properties": [
                {"name": part.name, "type": str(part.type), "description": description_of(part.annotations) or ""}
                for part in schema.properties(entity_set.entity_type).values()
            ],
            "navigation": [
                {"name": part.name, "type": str(part.type)}
                for part in schema.navigation_properties(entity_set.entity_type).values()
            ],
            "key": ", ".join(part.name for part in schema.key(entity_set.entity_type)),
            "is_offered": is_offered(entity_set),
        }
        for entity_set in schema.container.entity_sets.values()
    ]
    return {"base_url": base_url, "connect_url": f"{base_url}-/connect/", "whole_service": WHOLE_SERVICE, "sets": sets}
