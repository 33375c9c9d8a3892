"""What Schemathesis is told of the description of the Customer resource.

Formats name the grammars of OData that JSON Schema cannot state; these give texts in them. A body that is multipart is
sent as it is.
"""

from typing import Any

import schemathesis
from hypothesis import strategies as st

BOUNDARY = "one"

_TEXTS = ("displayName", "countryLetterCode", "domain", "id")
_NUMBERS = ("contractType", "onboardingStatus", "delegatedPrivilegeStatus")
_FLAGS = ("isDeleted", "isOnBoardedToMTM")
_WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=8).map(str.lower)
_COMPARISONS = st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"])

_CONDITIONS = st.one_of(
    st.builds("{} {} '{}'".format, st.sampled_from(_TEXTS), _COMPARISONS, _WORDS),
    st.builds("{} {} {}".format, st.sampled_from(_NUMBERS), _COMPARISONS, st.integers(-(2**31), 2**31 - 1)),
    st.builds("{} eq {}".format, st.sampled_from(_FLAGS), st.sampled_from(["true", "false", "null"])),
    st.builds(
        "{}({},'{}')".format,
        st.sampled_from(["contains", "startswith", "endswith"]),
        st.sampled_from(_TEXTS),
        _WORDS,
    ),
    st.builds("year({}) {} {}".format, st.just("deletedDateTime"), _COMPARISONS, st.integers(1, 9999)),
)
FILTERS = st.recursive(
    _CONDITIONS,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=5,
)
SEARCHES = st.builds(
    " ".join,
    st.lists(
        st.one_of(_WORDS.map(lambda word: f'"{word}"'), st.just("NOT gone"), st.just("a OR b")), min_size=1, max_size=3
    ),
)
_COMPUTED = st.builds(
    "{} {} {} as {}".format,
    st.sampled_from(_NUMBERS),
    st.sampled_from(["add", "sub", "mul"]),
    st.integers(-9, 9),
    st.sampled_from(["computed", "more"]),
)
TRANSFORMATIONS = st.lists(
    st.one_of(
        st.builds("filter({})".format, FILTERS),
        st.builds("orderby({} desc)".format, st.sampled_from(_NUMBERS)),
        st.builds("{}({})".format, st.sampled_from(["top", "skip"]), st.integers(0, 99)),
        st.builds("topcount({},{})".format, st.integers(1, 99), st.sampled_from(_NUMBERS)),
    ),
    min_size=1,
    max_size=3,
).map("/".join)
"""Such as leave entities, which all other options understand."""

_REQUESTS = st.sampled_from(["GET $metadata", "GET Customers?$top=1", "DELETE Customers('nobody')", "GET Nothing"])
BATCHES = st.lists(_REQUESTS, min_size=1, max_size=3).map(
    lambda requests: (
        "".join(
            f"--{BOUNDARY}\r\nContent-Type: application/http\r\n\r\n{request} HTTP/1.1\r\n\r\n\r\n"
            for request in requests
        )
        + f"--{BOUNDARY}--\r\n"
    )
)

schemathesis.openapi.format("odata-filter", FILTERS)
schemathesis.openapi.format("odata-search", SEARCHES)
schemathesis.openapi.format("odata-apply", TRANSFORMATIONS)
schemathesis.openapi.format("odata-compute", _COMPUTED)
schemathesis.openapi.format("odata-delta-token", st.just("latest"))
schemathesis.openapi.format("odata-multipart", BATCHES)


@schemathesis.serializer("multipart/mixed")
def as_it_is(context: schemathesis.SerializationContext, value: object) -> bytes:
    """The text of a body as bytes."""
    return str(value).encode()


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, object]) -> None:
    """Tells the boundary of a multipart body."""
    if case.media_type is not None and case.media_type.startswith("multipart/mixed"):
        case.headers["Content-Type"] = f"multipart/mixed; boundary={BOUNDARY}"


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Leaves out what is wrong in a way that JSON Schema cannot state.

    The ids of a batch are unique, and known before; what `$apply` makes is not tracked.
    """
    if {"$apply", "$deltatoken"} <= {*(case.query or ())}:
        return False
    body: Any = case.body
    is_batch = case.operation.path == "/$batch" and isinstance(body, dict)
    requests = body.get("requests") if is_batch else None
    if case.meta is None or case.meta.generation.mode.is_negative or not requests:
        return True
    groups = [request["atomicityGroup"] for request in requests if request.get("atomicityGroup") is not None]
    names = [*(request["id"] for request in requests), *groups]
    return len(set(names)) == len(names) and not any(request.get("dependsOn") for request in requests)
