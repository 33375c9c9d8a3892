from pathlib import Path

import pytest

from odata_service.edm.operations import Operation
from tests.unit.definition.definition_pages import api, loaded, methods_of, resource, said

THING = resource("thing", annotation='"keyProperty": "id"', methods=methods_of("thing"))
GET = api("Get thing", "GET /things/{id}")


def signature(operation: Operation) -> tuple[str, list[tuple[str, str]], str | None]:
    parameters = [(known.name, str(known.type)) for known in operation.parameters]
    returned = operation.return_type
    return type(operation).__name__, parameters, str(returned.type) if returned is not None else None


@pytest.mark.parametrize(
    ("page", "name", "expected"),
    [
        pytest.param(
            api("thing: stop", "POST /things/{id}/stop", body="|reason|String||\n|codes|Int32 collection||"),
            "test.stop",
            (
                "Action",
                [("bindingParameter", "test.thing"), ("reason", "Edm.String"), ("codes", "Collection(Edm.Int32)")],
                None,
            ),
            id="action",
        ),
        pytest.param(
            api("thing: find", "POST /things/find", returns='"@odata.type": "Collection(test.thing)"'),
            "test.find",
            ("Action", [("bindingParameter", "Collection(test.thing)")], "Collection(test.thing)"),
            id="action of a collection",
        ),
        pytest.param(
            api("thing: delta", "GET /things/delta"),
            "test.delta",
            ("Function", [("bindingParameter", "Collection(test.thing)")], "Collection(test.thing)"),
            id="delta",
        ),
        pytest.param(
            api(
                "thing: size",
                "GET /things/{id}/test.size(unit='{unit}',at={date})",
                url="|at|Date||",
                returns='"@odata.type": "Int32"',
            ),
            "test.size",
            (
                "Function",
                [("bindingParameter", "test.thing"), ("unit", "Edm.String"), ("at", "Edm.Date")],
                "Edm.Int32",
            ),
            id="function",
        ),
        pytest.param(
            api("clean up", "POST /cleanUp", body="|all|Boolean||"),
            "test.cleanUp",
            ("Action", [("all", "Edm.Boolean")], None),
            id="unbound",
        ),
    ],
)
def test_a_request_that_calls_something_is_an_operation(
    tmp_path: Path, page: str, name: str, expected: tuple[str, list[tuple[str, str]], str | None]
) -> None:
    (operation,) = loaded(tmp_path, thing=THING, thing_get=GET, thing_call=page).operations[name]
    assert signature(operation) == expected


def test_an_unbound_operation_is_imported(tmp_path: Path) -> None:
    schema = loaded(tmp_path, thing=THING, thing_get=GET, thing_call=api("clean up", "POST /cleanUp"))
    assert {name: known.action for name, known in schema.container.action_imports.items()} == {
        "cleanUp": "test.cleanUp"
    }


def test_requests_with_other_parameters_are_overloads(tmp_path: Path) -> None:
    requests = [f"GET /things/{{id}}/size({name}={{{name}}})" for name in "abc"]
    page = api("thing: size", *requests, url="|b|Date||", returns='"@odata.type": "Int32"')
    overloads = loaded(tmp_path, thing=THING, thing_get=GET, thing_call=page).operations["test.size"]
    assert [[known.name for known in overload.parameters] for overload in overloads] == [
        ["bindingParameter", "a"],
        ["bindingParameter", "b"],
    ]


def test_without_a_table_the_example_gives_the_parameters(tmp_path: Path) -> None:
    example = '### Request\n``` http\nPOST /things/1/stop\nContent-type: a/b\n\n{"reason": "x", "count": 3}\n```\n'
    page = api("thing: stop", "POST /things/{id}/stop") + example
    (operation,) = loaded(tmp_path, thing=THING, thing_get=GET, thing_call=page).operations["test.stop"]
    assert signature(operation)[1] == [
        ("bindingParameter", "test.thing"),
        ("reason", "Edm.String"),
        ("count", "Edm.Int32"),
    ]


def test_the_title_names_the_type_that_an_operation_is_bound_to(tmp_path: Path) -> None:
    root = resource("reportRoot", annotation='"keyProperty": "id"')
    page = api("reportRoot: getUse", "GET /reports/getUse(period='{p}')", returns='"@odata.type": "String"')
    schema = loaded(tmp_path, reportroot=root, reportroot_getuse=page)
    assert {name: known.entity_type for name, known in schema.container.singletons.items()} == {
        "reports": "test.reportRoot"
    }
    (operation,) = schema.operations["test.getUse"]
    assert signature(operation)[1] == [("bindingParameter", "test.reportRoot"), ("period", "Edm.String")]


def test_an_operation_of_what_no_page_defines_is_left_out(tmp_path: Path) -> None:
    page = api("Stop", "POST /others/{id}/stop")
    assert said(tmp_path, thing=THING, thing_get=GET, other_stop=page) == [
        "other-stop: info: 'stop' is left out: no page that was given says what '/others/{}' leads to."
    ]


def test_creating_is_no_operation(tmp_path: Path) -> None:
    page = api("Create thing", "POST /things", returns='"@odata.type": "test.thing"')
    schema = loaded(tmp_path, thing=THING, thing_get=GET, thing_post=page)
    assert dict(schema.operations) == {}
