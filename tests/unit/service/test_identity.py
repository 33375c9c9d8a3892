"""Who sends a request: asked once, known to all code behind it (Protocol 12.1)."""

from typing import Any

import pytest

from odata_service import Call, Forbidden, NotAuthenticated, Principal, Request
from odata_service.service import Service
from tests.asking import ask

BEARER = 'Bearer realm="shop"'
NEW = {"id": "n", "displayName": "New"}


@pytest.fixture
def guarded(service: Service) -> Service:
    @service.authenticate(BEARER)
    def known(request: Request) -> Principal | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token == "expired":
            raise NotAuthenticated(
                "The token has expired.", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}
            )
        if token == "locked":
            raise Forbidden("This account is locked.")
        if token == "broken":
            raise KeyError(token)
        return Principal(token, {"admin": token == "ann"}) if token else None

    @service.before_create("Customers")
    def sign(call: Call, values: dict[str, Any]) -> None:
        assert call.principal is not None
        values["displayName"] = f"{values['displayName']} by {call.principal.name} {call.principal.claims['admin']}"

    return service


@pytest.mark.parametrize("target", ["Customers", "Customers('a')", "$metadata", "", "Nothing"])
def test_whom_the_service_does_not_know_is_challenged_before_all_else(guarded: Service, target: str) -> None:
    answer = ask(guarded, "GET", target)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, BEARER)
    told = {name: answer.error[name] for name in ("code", "message", "target")}
    assert told == {
        "code": "NotAuthenticated",
        "message": "Who you are is not known here. Send credentials: Bearer.",
        "target": "Authorization",
    }


def test_hooks_know_the_principal(guarded: Service) -> None:
    made = ask(guarded, "POST", "Customers", NEW, authorization="Bearer ann").json
    assert made["displayName"] == "New by ann True"


def test_the_parts_of_a_batch_have_the_principal_of_the_batch(guarded: Service) -> None:
    body = {"requests": [{"id": "1", "method": "POST", "url": "Customers", "body": NEW}]}
    assert ask(guarded, "POST", "$batch", body).status == 401
    (answer,) = ask(guarded, "POST", "$batch", body, authorization="Bearer bob").json["responses"]
    assert answer["body"]["displayName"] == "New by bob False"


def test_an_authenticator_may_say_more_than_that_it_knows_nobody(guarded: Service) -> None:
    expired = ask(guarded, "GET", "Customers", authorization="Bearer expired")
    assert (expired.status, expired.headers["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')
    assert ask(guarded, "GET", "Customers", authorization="Bearer locked").status == 403


def test_a_fault_of_an_authenticator_lets_nobody_in(guarded: Service) -> None:
    assert ask(guarded, "GET", "Customers", authorization="Bearer broken").status == 500


def test_without_an_authenticator_nobody_is_asked(service: Service) -> None:
    assert ask(service, "GET", "Customers").status == 200
