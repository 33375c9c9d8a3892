"""Servers that mean no good: nothing of what they do takes long, takes much, or leads to anybody else."""

import gzip
from collections.abc import Iterator, Mapping
from itertools import count, repeat
from time import sleep

from odata_service.doctor import Access, examine
from tests.unit.doctor.faulty import Reply, examined, found, serving

HASTY = Access(timeout_seconds=0.3, max_body_bytes=100_000)


def test_a_body_without_end_is_cut() -> None:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if target.endswith("$metadata"):
            reply.pauses = repeat(b"<a>" * 10_000)

    report = examined(spoil, HASTY)
    assert found(report, "TooLong").place.url.endswith("$metadata")


def test_an_answer_that_drips_is_given_up() -> None:
    def dripping() -> Iterator[bytes]:
        for _ in range(100):
            sleep(0.05)
            yield b" "

    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        reply.pauses = dripping()

    report = examined(spoil, HASTY)
    assert "within 0.3 seconds" in found(report, "NoAnswer").message
    assert report.requests == 0


def test_a_service_that_falls_silent_is_left() -> None:
    asked = count(1)

    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if next(asked) > 6:
            reply.set("Content-Length", "1000000")

    report = examined(spoil, HASTY)
    assert any("no longer answers" in finding.message for finding in report.findings)


def test_a_body_that_grows_is_refused() -> None:
    bomb = gzip.compress(b" " * 5_000_000)

    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if target.endswith("$metadata"):
            reply.body = bomb
            reply.set("Content-Encoding", "gzip")

    assert "larger" in found(examined(spoil, HASTY), "NoAnswer").message


def test_entities_of_a_document_are_not_read() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'

    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if target.endswith("$metadata"):
            reply.body = bomb.encode()

    assert "DOCTYPE" in found(examined(spoil), "NotXml").message


def test_json_that_nests_without_end_is_no_json() -> None:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if "Products?" in target:
            reply.body = b'{"value":' + b"[" * 40_000

    assert found(examined(spoil), "NoJson").severity.value == "fails"


def test_types_that_inherit_from_themselves_end() -> None:
    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if target.endswith("$metadata"):
            reply.body = reply.body.replace(b'Name="Product">', b'Name="Product" BaseType="shop.Product">')

    assert examined(spoil).version == "4.0"


def test_what_the_server_writes_cannot_steer_a_terminal() -> None:
    from odata_service.doctor import as_text

    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if "Products?" in target:
            reply.status, reply.body = 500, b"\x1b[2J\x1b]0;pwned\x07"

    assert "\x1b" not in as_text(examined(spoil))


def test_nothing_is_sent_to_another_host() -> None:
    asked: list[str] = []

    def listen(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        asked.append(target)

    with serving(listen) as other:
        links = {"@odata.context": f"{other}$metadata", "@odata.nextLink": f"{other}Products"}

        def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
            if "redirect" in target:
                reply.status = 302
                reply.set("Location", other)
            elif reply.body[:1] == b"{":
                reply.with_json({**reply.json, **links})

        with serving(spoil) as url:
            examine(url, Access(bearer="secret"))
            examine(f"{url}redirect", Access(bearer="secret"))
    assert asked == []


def test_thousands_of_faults_are_told_by_a_few() -> None:
    wrong = "".join(f'<Property Name="p{number}" Type="x.Y{number}"/>' for number in range(5_000))

    def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        if target.endswith("$metadata"):
            reply.body = reply.body.replace(b"</EntityType>", f"{wrong}</EntityType>".encode(), 1)

    report = examined(spoil)
    assert sum(finding.code == "UnknownType" for finding in report.findings) == 10
    assert report.left_out["UnknownType"] == 4_990
