"""Arguments of function imports: those of functions and of actions are the same literals, and fit their parameters."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.v2 import V2Service
from tests.asking import ask, service_of
from tests.unit.v2.shop import Shop

TYPES = {
    "b": 'Type="Edm.Boolean"', "i": 'Type="Edm.Int32"', "l": 'Type="Edm.Int64"', "d": 'Type="Edm.Double"',
    "m": 'Type="Edm.Decimal" Precision="4" Scale="2"', "s": 'Type="Edm.String" MaxLength="3"', "x": 'Type="Edm.Binary"',
    "t": 'Type="Edm.TimeOfDay"', "p": 'Type="Edm.Duration"',
}  # fmt: skip
OPERATIONS = "".join(
    f'<Function Name="f_{name}"><Parameter Name="v" {stated}/><ReturnType {stated}/></Function>'
    f'<Action Name="a_{name}"><Parameter Name="v" {stated}/><ReturnType {stated}/></Action>'
    for name, stated in TYPES.items()
)
OPERATIONS += '<Function Name="several"><ReturnType Type="Collection(Edm.Int32)" Nullable="false"/></Function>'
IMPORTS = "".join(
    f'<FunctionImport Name="f_{name}" Function="n.f_{name}"/><ActionImport Name="a_{name}" Action="n.a_{name}"/>'
    for name in TYPES
)
IMPORTS += '<FunctionImport Name="several" Function="n.several"/>'
MODEL = f"""<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="n">{OPERATIONS}
<EntityType Name="E"><Key><PropertyRef Name="id"/></Key>
<Property Name="id" Type="Edm.Int32" Nullable="false"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Es" EntityType="n.E"/>{IMPORTS}</EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.fixture(scope="module")
def echoing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    source: Path = tmp_path_factory.mktemp("echo") / "echo.xml"
    source.write_text(MODEL, encoding="utf-8")
    with service_of(load_schema(str(source))) as service:
        for name in TYPES:
            service.function(f"n.f_{name}")(lambda call, v: v)
            service.action(f"n.a_{name}")(lambda call, v: v)
        service.function("n.several")(lambda call: [7, 8])
        yield Shop(service, V2Service(service))


@pytest.mark.parametrize(
    ("name", "literal", "value"),
    [
        ("b", "1", True),
        ("b", "FALSE", False),
        ("i", "-7", -7),
        ("l", "7L", "7"),
        ("d", "1.5d", 1.5),
        ("d", "-INFD", "-INF"),
        ("m", "12.5M", "12.5"),
        ("s", "'it'''", "it'"),
        ("x", "X'CAFE'", "yv4="),
        ("t", "time'PT90M'", "PT1H30M0S"),
        ("p", "'PT1H'", "PT1H"),
        ("s", "NULL", None),
    ],
)
def test_functions_and_actions_are_given_the_same(echoing: Shop, name: str, literal: str, value: object) -> None:
    for method, operation in (("GET", f"f_{name}"), ("POST", f"a_{name}")):
        answer = echoing.ask(method, f"{operation}?v={literal}")
        assert (answer.status, answer.json["d"]) == (200, {operation: value})


@pytest.mark.parametrize(
    ("name", "literal"),
    [
        ("b", "'true'"),
        ("i", "'1'"),
        ("i", "1_0"),
        ("i", "\u0663"),
        ("i", "2147483648"),
        ("d", "1_0"),
        ("d", "1."),
        ("m", "12345M"),
        ("m", "1.234M"),
        ("s", "abc"),
        ("s", "'abcd'"),
        ("s", "'a' 'b'"),
        ("s", "X'00'"),
        ("x", "yv4"),
        ("p", "PT1H"),
    ],
)
def test_neither_is_given_what_is_no_literal_of_its_parameter(echoing: Shop, name: str, literal: str) -> None:
    for method, operation in (("GET", f"f_{name}"), ("POST", f"a_{name}")):
        assert echoing.ask(method, f"{operation}?v={literal}").status == 400


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            "f_m(v=12345)",
            "The parameter 'v' does not take this value: 12345 has more digits than the 4 that are allowed.",
        ),
        ("f_s(v=@v)?@v='abcd'", "The parameter 'v' does not take this value: The text has 4 characters, and at most 3"),
    ],
)
def test_arguments_of_functions_fit_the_facets_of_their_parameters(echoing: Shop, call: str, message: str) -> None:
    answer = ask(echoing.service, "GET", call)
    assert (answer.status, answer.error["code"], answer.error["message"][: len(message)]) == (
        400, "TypeMismatch", message,
    )  # fmt: skip


@pytest.mark.parametrize("key", ["(1)", "('x')", "(id=1)"])
def test_values_that_a_function_gives_have_no_keys(echoing: Shop, key: str) -> None:
    answer = ask(echoing.service, "GET", f"several(){key}")
    assert answer.refusal == (404, "Members of Collection(Edm.Int32) have no keys. Take one by its place: …/0.")
    assert ask(echoing.service, "GET", "several()/1").json["value"] == 8
