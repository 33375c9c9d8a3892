"""What is replaced in texts, and how much longer they may become by that."""

import pytest

from odata_service.errors import LimitExceeded, ODataError, TypeMismatch, UnknownFunction
from odata_service.semantics import resolve
from odata_service.url import parse_url
from tests.models import customer_schema

LONG = "x" * 101


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        (
            "odata.service.replace(displayName,id,'')",
            TypeMismatch,
            "What is replaced, and by what, are texts in quotes (at position 35 of $filter). "
            "Write odata.service.replace(name,' ','').",
        ),
        (
            f"odata.service.replace(displayName,'a','{LONG}')",
            LimitExceeded,
            "odata.service.replace makes texts up to 101 times as long, and 100 times are allowed "
            "(at position 35 of $filter). "
            "Put less in the place of what is sought.",
        ),
        (
            "odata.service.replace(tolower(odata.service.replace(displayName,'a','0123456789ab')),'b','0123456789')",
            LimitExceeded,
            "odata.service.replace makes texts up to 120 times as long, and 100 times are allowed "
            "(at position 86 of $filter). "
            "Put less in the place of what is sought.",
        ),
        (
            "replace(displayName,'a','b')",
            UnknownFunction,
            "'replace' is not a function (at position 1 of $filter).",
        ),
    ],
)  # fmt: skip
def test_what_is_refused_says_why(text: str, kind: type[ODataError], message: str) -> None:
    with pytest.raises(kind) as refused:
        resolve(parse_url("Customers", f"$filter={text} eq 'x'"), customer_schema())
    assert refused.value.message == message
