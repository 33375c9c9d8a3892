"""Challenges: how a service asks who is there, as `WWW-Authenticate` has them (RFC 9110, 11.6.1).

`ApiKey name="key", in="query"` is a scheme of this kind too: the value of a query option, a header or a cookie.
"""

import re
from collections.abc import Iterator, Mapping

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PART = re.compile(
    rf'\s*,?\s*(?P<name>{_TOKEN})(?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>{_TOKEN}))|(?=\s|,|$))'
)
API_KEY = "apikey"


def challenges(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each scheme of a challenge, in lower case, with its parameters: a word without a value begins the next one.

    >>> list(challenges('Basic realm="a, b", Bearer'))
    [('basic', {'realm': 'a, b'}), ('bearer', {})]
    """
    name, parameters = "", dict[str, str]()
    for match in _PART.finditer(text):
        value = match["quoted"] if match["quoted"] is not None else match["plain"]
        if value is None:
            if name:
                yield name, parameters
            name, parameters = match["name"].lower(), {}
        else:
            parameters[match["name"].lower()] = re.sub(r"\\(.)", r"\1", value)
    if name:
        yield name, parameters


def key_option(text: str) -> str | None:
    """The query option in which a key is sent, where a challenge asks for one there.

    >>> key_option('Basic realm="x", ApiKey name="code", in="query"')
    'code'
    """
    stated = (
        parameters for name, parameters in challenges(text) if name == API_KEY and parameters.get("in") == "query"
    )
    return next((parameters["name"] for parameters in stated if "name" in parameters), None)
