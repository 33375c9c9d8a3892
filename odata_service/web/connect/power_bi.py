"""The URL of a service or an entity set in, a `.pbids` file out, with which Power BI Desktop connects to it."""

import orjson


def write_pbids(url: str) -> bytes:
    """The file: JSON, with one connection and no credentials. With a service's URL its entity sets are chosen from."""
    details = {"protocol": "odata", "address": {"url": url}}
    return orjson.dumps({"version": "0.1", "connections": [{"details": details, "options": {}, "mode": "Import"}]})
