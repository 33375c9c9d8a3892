"""Security schemes as the challenge of a service states them (RFC 9110, 11.6.1; OpenAPI 3.1, 4.8.27).

`ApiKey name="key", in="query"` is a scheme of this kind too: the value of a query option, a header or a cookie.
"""

import re
from collections.abc import Iterator, Mapping

from odata_service.openapi.components import Json

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PART = re.compile(
    rf'\s*,?\s*(?P<name>{_TOKEN})(?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>{_TOKEN}))|(?=\s|,|$))'
)
_PLACES = ("query", "header", "cookie")


def security_schemes(challenge: str) -> dict[str, Json]:
    """The schemes of a challenge by their names, any of which will do.

    >>> security_schemes('Basic realm="shop"')
    {'basic': {'type': 'http', 'scheme': 'basic', 'description': 'realm: shop'}}
    """
    return dict(_scheme(name, parameters) for name, parameters in _challenges(challenge))


def _challenges(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each scheme with its parameters: a word without a value begins the next one."""
    name, parameters = "", dict[str, str]()
    for match in _PART.finditer(text):
        value = match["quoted"] if match["quoted"] is not None else match["plain"]
        if value is None:
            if name:
                yield name, parameters
            name, parameters = match["name"], {}
        else:
            parameters[match["name"].lower()] = re.sub(r"\\(.)", r"\1", value)
    if name:
        yield name, parameters


def _scheme(name: str, parameters: Mapping[str, str]) -> tuple[str, Json]:
    scheme = name.lower()
    if scheme == "apikey":
        place = parameters.get("in", "header")
        key: Json = {
            "type": "apiKey",
            "in": place if place in _PLACES else "header",
            "name": parameters.get("name", "Authorization"),
        }
        return "apiKey", key
    told = ", ".join(f"{key}: {value}" for key, value in parameters.items())
    return scheme, {"type": "http", "scheme": scheme, **({"description": told} if told else {})}
