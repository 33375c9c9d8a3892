"""Security schemes as the challenge of a service states them (OpenAPI 3.1, 4.8.27)."""

from collections.abc import Mapping

from odata_service.challenges import API_KEY, challenges
from odata_service.openapi.components import Json

_PLACES = ("query", "header", "cookie")


def security_schemes(challenge: str) -> dict[str, Json]:
    """The schemes of a challenge by their names, any of which will do.

    >>> security_schemes('Basic realm="shop"')
    {'basic': {'type': 'http', 'scheme': 'basic', 'description': 'realm: shop'}}
    """
    return dict(_scheme(name, parameters) for name, parameters in challenges(challenge))


def _scheme(name: str, parameters: Mapping[str, str]) -> tuple[str, Json]:
    if name == API_KEY:
        place = parameters.get("in", "header")
        key: Json = {
            "type": "apiKey",
            "in": place if place in _PLACES else "header",
            "name": parameters.get("name", "Authorization"),
        }
        return "apiKey", key
    told = ", ".join(f"{key}: {value}" for key, value in parameters.items())
    return name, {"type": "http", "scheme": name, **({"description": told} if told else {})}
