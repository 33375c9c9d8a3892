"""JSON batches as bytes: requests are read with their bodies as they stand, and answers written."""

import pytest

from odata_service.errors import PayloadError, PayloadTooLarge
from odata_service.payload.batch import BatchRequest, Malformed, Replies, Reply, Unit
from odata_service.payload.json_batch import read_json_batch, write_json_batch
from odata_service.settings import Limits

LIMITS = Limits(max_batch=3)


def units(*requests: str) -> tuple[Unit, ...]:
    """The units of a batch whose requests are JSON texts."""
    return read_json_batch(f'{{"requests":[{",".join(requests)}]}}'.encode(), LIMITS)


def only(members: str) -> BatchRequest:
    """The one request of a batch, with an id."""
    ((part,),) = (unit.parts for unit in units(f'{{"id":"1",{members}}}'))
    assert isinstance(part, BatchRequest), part
    return part


def refusal(members: str) -> tuple[str, str | None]:
    """What is said of the one request of a batch that is none, and of which part of it."""
    ((part,),) = (unit.parts for unit in units(f'{{"id":"1",{members}}}'))
    assert isinstance(part, Malformed), part
    assert part.id == "1"
    return part.error.message, part.error.target


def test_a_request_is_read_with_all_that_it_states() -> None:
    text = (
        ' { "x" : [ {"requests":1} ] , "requests" : [ {"url":"$0/Orders","id":"a","depends_on":[], "method":"Post" ,'
        '"headers": {"Prefer":" return=minimal ","content-type":"application/json"},"if":"$0/x eq 1", "dependsOn":[] ,'
        '"body" : {"n":1.10, "n":2, "big":12345678901234567890.5e0}  } ] } '
    )
    headers = {"prefer": "return=minimal", "content-type": "application/json"}
    body = b'{"n":1.10, "n":2, "big":12345678901234567890.5e0}'
    read = BatchRequest("a", "POST", "$0/Orders", headers, body, (), "$0/x eq 1")
    assert read_json_batch(b"\xef\xbb\xbf" + text.encode(), LIMITS) == (Unit((read,)),)


@pytest.mark.parametrize(
    ("members", "body"),
    [
        ('"body":{"é":"\\u00e9"}', '{"é":"\\u00e9"}'.encode()),
        ('"body":null', b""),
        ('"headers":null', b""),
        ('"headers":{"Content-Type":"application/vnd.x+json"},"body":[1]', b"[1]"),
        ('"headers":{"content-type":"text/plain;charset=utf-8"},"body":"a\\nb"', b"a\nb"),
        ('"headers":{"content-type":"image/png"},"body":"_-8"', b"\xff\xef"),
        ('"headers":{"content-type":"image/png"},"body":"/+8="', b"\xff\xef"),
    ],
)
def test_bodies_are_json_text_or_base64url_by_their_type(members: str, body: bytes) -> None:
    assert only(f'"method":"PUT","url":"x",{members}').body == body


@pytest.mark.parametrize("method", ["get", "DELETE"])
def test_a_body_where_none_belongs_is_passed_over(method: str) -> None:
    assert only(f'"method":"{method}","url":"x","body":{{}}') == BatchRequest("1", method.upper(), "x", {}, b"")


def test_groups_are_units_and_may_be_depended_on() -> None:
    one, two, three = units(
        '{"id":"1","method":"get","url":"x"}',
        '{"id":"2","method":"delete","url":"y","atomicityGroup":"g","dependsOn":["1"]}',
        '{"id":"3","method":"get","url":"z","dependsOn":["g","2","1"],"atomicityGroup":null}',
    )
    assert (one.group, two.group, three.group) == (None, "g", None)
    assert three.parts == (BatchRequest("3", "GET", "z", {}, b"", ("g", "2", "1")),)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "no object|not an object"),
        ("[]", "not an object"),
        ("{}", "has no requests"),
        ('{"requests":{}}', "not an array"),
        ('{"requests":[1]}', "'requests/0' is not an object"),
        ('{"requests":[],"requests":[]}', "stands twice"),
        ('{"requests":[]', "not JSON: Expecting ',' or '}' at line 1, column 15"),
        ('{"requests":[{"id":"1"', "not JSON: Expecting ',' or '}' at line 1, column 23"),
        ('{"requests":[{"id":"1",}]}', "Expecting a value behind ','"),
        ('{"requests":[{id:1}]}', "Expecting a name in double quotes"),
        ('{"requests" []}', "Expecting ':'"),
        ('{"requests":[]}x', "Extra data"),
        ('{"requests":[nope]}', "is not an object"),
        ('{"requests":[{"id":"1","x":nope}]}', "Expecting value"),
        ('{"requests":[{"id":"1","id":"2"}]}', "'id' stands twice in 'requests/0'"),
        ('{"requests":[{}]}', "'requests/0/id' is no text"),
        ('{"requests":[{"id":1}]}', "'requests/0/id' is no text"),
        ('{"requests":[{"id":""}]}', "is no requests/0/id"),
        ('{"requests":[{"id":"a\\r\\nb"}]}', "is no requests/0/id"),
        ('{"requests":[{"id":"\\ud800"}]}', "is no requests/0/id"),
        ('{"requests":[{"id":"1"},{"id":"1"}]}', "'1' has been an id or a group before"),
        ('{"requests":[{"id":"1","atomicityGroup":"1"}]}', "'1' has been an id or a group before"),
        ('{"requests":[{"id":"1","atomicityGroup":5}]}', "'requests/0/atomicityGroup' is no text"),
        (
            '{"requests":[{"id":"1","atomicityGroup":"g"},{"id":"2"},{"id":"3","atomicityGroup":"g"}]}',
            "requests of a group stand together",
        ),
        (
            '{"requests":[{"id":"1","method":"get","url":"x","dependsOn":["2"]},{"id":"2"}]}',
            "'2' is no id of a request",
        ),
        ('{"requests":[{"id":"1","method":"get","url":"x","dependsOn":["1"]}]}', "'1' is no id of a request"),
        (
            '{"requests":[{"id":"1","method":"get","url":"x","dependsOn":["g"],"atomicityGroup":"g"}]}',
            "groups that it does not belong to",
        ),
        ('{"requests":[{"id":"1","dependsOn":"2"}]}', "is no array of ids"),
        ('{"requests":[{"id":"1","dependsOn":[2]}]}', "is no array of ids"),
        ('{"requests":[{"id":"1","body":' + "[" * 200 + "]" * 200 + "}]}", "--max-depth"),
        ('{"requests":"\xff"}', "is not an array"),
    ],
)
def test_what_is_no_batch_is_refused_whole(body: str, said: str) -> None:
    with pytest.raises(PayloadError, match=said):
        read_json_batch(body.encode(), LIMITS)


def test_a_batch_that_is_no_utf_8_is_refused() -> None:
    with pytest.raises(PayloadError, match="not UTF-8"):
        read_json_batch(b'{"requests":[{"id":"\xff"}]}', LIMITS)


@pytest.mark.parametrize(
    ("members", "said", "target"),
    [
        ('"url":"x"', "'requests/0/method' is no text", "requests/0/method"),
        ('"method":"get"', "'requests/0/url' is no text", "requests/0/url"),
        ('"method":"get","url":["x"]', "'requests/0/url' is no text", "requests/0/url"),
        ('"method":"head","url":"x"', "'HEAD' is no method of a batch", "requests/0/method"),
        ('"method":"get","url":"x","headers":[]', "no object of texts", "requests/0/headers"),
        ('"method":"get","url":"x","headers":{"a":1}', "no object of texts", "requests/0/headers"),
        ('"method":"get","url":"x","headers":{"a":"1","A":"1"}', "stands twice", "requests/0/headers"),
        ('"method":"get","url":"x","headers":{"a b":""}', "no name of a header", None),
        ('"method":"get","url":"x","headers":{"a":"1\\r\\nB: 2"}', "control character", "a"),
        ('"method":"get","url":"x","headers":{"a":"' + "y" * 70_000 + '"}', "longer than", "requests/0/headers"),
        ('"method":"get","url":"x","if":true', "is no expression", "requests/0/if"),
        ('"method":"put","url":"x","headers":{"content-type":"image/png"},"body":{}', "is a text", "requests/0/body"),
        ('"method":"put","url":"x","headers":{"content-type":"image/png"},"body":"é"', "base64url", "requests/0/body"),
        ('"method":"put","url":"x","headers":{"content-type":"text/x"},"body":"\\ud800"', "pair", "requests/0/body"),
    ],
)
def test_what_is_wrong_inside_a_request_is_told_in_its_place(members: str, said: str, target: str | None) -> None:
    message, where = refusal(members)
    assert said in message
    assert where == target


def test_more_requests_than_the_limit_are_refused() -> None:
    requests = [f'{{"id":"{number}","method":"get","url":"x"}}' for number in range(4)]
    with pytest.raises(PayloadTooLarge, match="--max-batch"):
        units(*requests)


def test_bodies_may_be_as_deep_as_they_may_alone() -> None:
    deep = "[" * 100 + "]" * 100
    assert only(f'"method":"put","url":"x","body":{deep}').body == deep.encode()


def test_answers_are_json_with_what_is_json_as_it_is() -> None:
    replies = (
        Reply("1", 200, {"Content-Type": "application/json;odata.metadata=minimal"}, b'{"n":1.10}'),
        Reply("2", 200, {"Content-Type": "text/plain;charset=utf-8"}, "é".encode()),
        Reply("3", 200, {"Content-Type": "text/plain"}, b"\xe9"),
        Reply(None, 204, {"OData-Version": "4.0"}, b""),
        Reply("5", 200, {"Content-Type": "image/png"}, b"\xff\xef"),
    )
    text = b"".join(write_json_batch([Replies(replies[:4]), Replies(replies[4:], "g")], str.lower))
    assert (
        text
        == (
            '{"responses":[{"id":"1","status":200,"headers":{"content-type":"application/json;odata.metadata=minimal"},'
            '"body":{"n":1.10}},{"id":"2","status":200,"headers":{"content-type":"text/plain;charset=utf-8"},"body":"é"},'
            '{"id":"3","status":200,"headers":{"content-type":"text/plain"},"body":"é"},'
            '{"status":204,"headers":{"odata-version":"4.0"}},'
            '{"id":"5","atomicityGroup":"g","status":200,"headers":{"content-type":"image/png"},"body":"_-8"}]}'
        ).encode()
    )


def test_no_answers_are_an_empty_array() -> None:
    assert b"".join(write_json_batch([], str)) == b'{"responses":[]}'
