"""Laws of V2: JSON and Atom say what V4 says, and what was read may be sent back: it changes nothing."""

import re
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from odata_service.edm.types import Kind, kind_of
from odata_service.settings import Settings
from odata_service.v2 import V2Service
from tests.asking import ask, service_of
from tests.models import every_schema
from tests.properties.every_value import entities
from tests.unit.v2.shop import Shop

SCHEMA = every_schema()
EXACT = "application/json;IEEE754Compatible=true"
LAW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
KEYS = count(1)
MEDIA_TYPES = st.sampled_from(["application/json", "application/atom+xml"])
SPACES = {
    "a": "http://www.w3.org/2005/Atom",
    "m": "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata",
}
NULL = f"{{{SPACES['m']}}}null"
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NOT_SHOWN = frozenset({Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED})

Json = dict[str, Any]


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with service_of(SCHEMA, Settings()) as service:
        yield Shop(service, V2Service(service))


def kept(shop: Shop, target: str) -> Json:
    found: Json = ask(shop.service, "GET", target, accept=EXACT).json
    return {name: value for name, value in found.items() if name not in {"@odata.context", "@odata.etag"}}


def created(shop: Shop, entity_set: str, body: Json) -> str:
    posted = ask(shop.service, "POST", entity_set, body)
    assert posted.status == 201, posted.body
    return posted.headers["Location"].removeprefix("http://host/")


def milliseconds(instant: str) -> int:
    """Those since 1970; what is below is cut off."""
    return (datetime.fromisoformat(instant.rstrip("Z")[:26]) - datetime(1970, 1, 1)) // timedelta(milliseconds=1)


def written(value: Any, kind: Kind | None) -> tuple[Any, str]:
    """A value of V4's JSON as verbose JSON and as XML have it."""
    match kind:
        case Kind.BOOLEAN:
            return value, str(value).lower()
        case Kind.DATE:
            return f"/Date({milliseconds(f'{value}T00:00:00')})/", f"{value}T00:00:00"
        case Kind.INSTANT:
            return f"/Date({milliseconds(value)}+0000)/", value
        case Kind.TIME_OF_DAY:
            hours, minutes, seconds = value.split(":")
            time = f"PT{int(hours)}H{int(minutes)}M{int(seconds[:2])}{seconds[2:]}S"
            return time, time
        case Kind.BINARY:
            text = b64encode(urlsafe_b64decode(value + "=" * (-len(value) % 4))).decode()
            return text, text
        case _:
            return value, NOT_IN_XML.sub("\ufffd", str(value))


def check(declared: str, exact: Mapping[str, Any], shown: Mapping[str, Any], element: etree._Element) -> None:
    """Compares what V4 says of an instance of a type with what V2 says of it."""
    for name, part in SCHEMA.properties(declared).items():
        kind = kind_of(part.type)
        found = element.find(f"{{*}}{name}")
        is_abstract = part.type.name in {"Edm.ComplexType", "Edm.PrimitiveType"}
        if part.type.collection or kind in NOT_SHOWN or is_abstract:
            assert (name in shown, found) == (False, None)
            continue
        assert found is not None
        value = exact.get(name)
        if value is None:
            assert (shown[name], found.get(NULL)) == (None, "true")
        elif kind is None:
            stated = str(value.get("@odata.type", f"#{part.type.name}")).removeprefix("#")
            assert shown[name]["__metadata"] == {"type": stated}
            check(stated, value, shown[name], found)
        else:
            assert (shown[name], found.text or "") == written(value, kind)


@LAW
@given(entities("every.Scalar", SCHEMA))
def test_both_formats_say_what_v4_says_of_single_values(shop: Shop, body: Json) -> None:
    compared(shop, created(shop, "Scalars", {"id": next(KEYS), **body}), "every.Scalar")


@LAW
@given(entities("every.Thing", SCHEMA))
def test_both_formats_say_what_v4_says_of_complex_values(shop: Shop, body: Json) -> None:
    compared(shop, created(shop, "Things", {"id": str(next(KEYS)), **body}), "every.Thing")


def compared(shop: Shop, target: str, declared: str) -> None:
    entry = etree.fromstring(shop.ask("GET", target, accept="application/atom+xml").body)
    properties = entry.find("a:content/m:properties", SPACES)
    assert properties is not None
    check(declared, kept(shop, target), shop.get(target), properties)


@LAW
@given(entities("every.Scalar", SCHEMA), MEDIA_TYPES, st.sampled_from(["PUT", "MERGE"]))
def test_single_values_that_were_read_may_be_sent_back(shop: Shop, body: Json, media_type: str, method: str) -> None:
    returned(shop, created(shop, "Scalars", {"id": next(KEYS), **body}), media_type, method)


@LAW
@given(entities("every.Thing", SCHEMA), MEDIA_TYPES, st.sampled_from(["PUT", "MERGE"]))
def test_complex_values_that_were_read_may_be_sent_back(shop: Shop, body: Json, media_type: str, method: str) -> None:
    returned(shop, created(shop, "Things", {"id": str(next(KEYS)), **body}), media_type, method)


def returned(shop: Shop, target: str, media_type: str, method: str) -> None:
    """Sends back what is read of an entity: V2 shows the same, and what it does not show is the same."""
    before, read = kept(shop, target), shop.ask("GET", target, accept=media_type)
    sent = shop.ask(method, target, read.body, content_type=media_type)
    assert sent.status == 204, sent.body
    after = kept(shop, target)
    assert unstamped(shop.ask("GET", target, accept=media_type).body) == unstamped(read.body)
    shown = shop.get(target)
    assert {name: value for name, value in after.items() if name not in shown} == {
        name: value for name, value in before.items() if name not in shown
    }


def unstamped(body: bytes) -> str:
    """An answer without what tells when it was made, and of which version it is."""
    return re.sub(r"<updated>[^<]*|etag[^0-9]*\d+", "", body.decode())


@LAW
@given(entities("every.Scalar", SCHEMA), st.sampled_from(["eq", "ne", "ge", "lt"]))
def test_conditions_find_what_those_of_v4_find(shop: Shop, body: Json, operator: str) -> None:
    key = next(KEYS)
    target = created(shop, "Scalars", {"id": key, **body})
    for name, value in kept(shop, target).items():
        kind = kind_of(SCHEMA.properties("every.Scalar")[name].type)
        is_ordered = kind not in {Kind.BINARY, Kind.GUID}
        if value is None or kind in NOT_SHOWN or kind is None or not (is_ordered or operator in {"eq", "ne"}):
            continue
        old, new = (
            f"Scalars?$select=id&$filter=id eq {key} and {name} {operator} {quote(literal, safe='')}"
            for literal in literals(value, kind)
        )
        answer = ask(shop.service, "GET", new.replace(" ", "%20"))
        assert answer.status == 200, answer.body
        assert [each["id"] for each in shop.get(old)["results"]] == answer.column("id")


LITERALS = {
    Kind.BOOLEAN: ("{number}", "{lower}"),
    Kind.STRING: ("'{doubled}'", "'{doubled}'"),
    Kind.DURATION: ("'{value}'", "duration'{value}'"),
    Kind.BINARY: ("X'{digits}'", "binary'{value}'"),
    Kind.GUID: ("guid'{upper}'", "{value}"),
    Kind.DATE: ("datetime'{value}T00:00'", "{value}"),
    Kind.INSTANT: ("datetimeoffset'{value}'", "{value}"),
    Kind.TIME_OF_DAY: ("time'{time}'", "{value}"),
    Kind.DECIMAL: ("{value}M", "{value}"),
    Kind.FLOAT: ("{value}d", "{value}"),
    Kind.INTEGER: ("{value}L", "{value}"),
}
"""The literals of V2 and of V4."""


def literals(value: Any, kind: Kind) -> tuple[str, str]:
    """A value as a literal of V2 and as one of V4."""
    text = str(value)
    forms = {
        "value": text,
        "doubled": text.replace("'", "''"),
        "lower": text.lower(),
        "upper": text.upper(),
        "number": "1" if value is True else "0",
        "time": written(value, kind)[0] if kind is Kind.TIME_OF_DAY else "",
        "digits": urlsafe_b64decode(text + "=" * (-len(text) % 4)).hex() if kind is Kind.BINARY else "",
    }
    old, new = LITERALS[kind]
    return old.format(**forms), new.format(**forms)
