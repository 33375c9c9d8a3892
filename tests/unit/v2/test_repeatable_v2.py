"""Repeatable requests of V2 clients: carried out once, as those of V4 are."""

import json

from tests.repeating import RESULT, in_lines, repeatable
from tests.unit.v2.shop import Shop

_PEN = {"number": 77, "name": "once"}


def test_changes_are_made_once(shop: Shop) -> None:
    headers = repeatable()
    first = shop.ask("POST", "Articles", _PEN, **headers)
    assert (first.status, first.headers[RESULT]) == (201, "accepted")
    assert shop.ask("DELETE", "Articles(77)").status == 204
    again = shop.ask("POST", "Articles", _PEN, **headers)
    assert (again.status, again.headers, again.body) == (201, first.headers, first.body)
    assert shop.ask("GET", "Articles(77)").status == 404
    assert shop.ask("POST", "Articles", {**_PEN, "name": "other"}, **headers).status == 400


def test_what_is_rejected_is_told_as_v2_tells_it(shop: Shop) -> None:
    old = shop.ask("MERGE", "Articles(1)", {"name": "x"}, **repeatable(90_000))
    assert (old.status, old.headers[RESULT]) == (412, "rejected")
    assert "remembered since" in old.json["error"]["message"]["value"]
    gone = shop.ask("MERGE", "Articles(78)", {"name": "x"}, **repeatable())
    assert (gone.status, gone.headers[RESULT]) == (404, "accepted")
    batch = shop.ask("POST", "$batch", b"--b--", content_type="multipart/mixed;boundary=b", **repeatable())
    assert (batch.status, batch.headers[RESULT]) == (501, "rejected")


def test_change_sets_are_carried_out_as_a_whole_once(shop: Shop) -> None:
    lines = f"{in_lines(repeatable())}Content-Type: application/json\r\nAccept: application/json\r\n"
    part = "--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    create = f"{part}POST Articles HTTP/1.1\r\n{lines}\r\n{json.dumps(_PEN)}\r\n"
    change = f"{part}MERGE Articles(77) HTTP/1.1\r\n{lines}\r\n{json.dumps({'name': 'changed'})}\r\n"
    body = f"--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n{create}{change}--c--\r\n--b--\r\n"
    for _ in range(2):
        answer = shop.ask("POST", "$batch", body.encode(), content_type="multipart/mixed;boundary=b", accept="*/*")
        assert answer.status == 202
        assert (answer.body.count(b"HTTP/1.1 201"), answer.body.count(b"HTTP/1.1 204")) == (1, 1)
        assert answer.body.count(b"Repeatability-Result: accepted") == 2
    assert shop.get("Articles(77)")["name"] == "changed"
