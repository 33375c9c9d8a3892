"""`doctor`: its report in both forms, how it ends, what it refuses."""

import json
from collections.abc import Mapping

import pytest

from tests.unit.cli.test_commands import run
from tests.unit.doctor.faulty import Reply, serving


def spoil(target: str, sent: Mapping[str, str], reply: Reply) -> None:
    if target.endswith("$metadata"):
        reply.body = reply.body.replace(b'"shop.Kind"', b'"shop.Sort"')


def test_a_service_in_order_ends_with_0() -> None:
    with serving() as url:
        result = run("doctor", url)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[0].startswith(f"{url}: OData 4.0; 2 entity sets, ")
    assert result.stdout.splitlines()[-1] == "Nothing to stumble over."


def test_a_fault_is_told_with_its_line_and_ends_with_1() -> None:
    with serving(spoil) as url:
        result = run("doctor", url)
    assert result.exit_code == 1
    assert "LINQPad: 'shop.Sort' is no type of this document." in result.stdout
    assert f'at: {url}$metadata:12: <Property Name="kind" Type="shop.Sort"/>' in result.stdout
    assert result.stdout.splitlines()[-1] == "1 fails, 0 hinder, 0 notes."


def test_programs_get_json() -> None:
    with serving(spoil) as url:
        result = run("doctor", url, "--format", "json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["fails"], document["version"]) == (1, True, "4.0")
    assert document["findings"][0]["code"] == "UnknownType"
    assert document["findings"][0]["place"]["line"] == 12


def test_credentials_are_sent_and_a_key_stands_in_the_query() -> None:
    seen: list[tuple[str, str | None, str | None]] = []

    def listen(target: str, sent: Mapping[str, str], reply: Reply) -> None:
        seen.append((target, sent.get("authorization"), sent.get("x-more")))

    with serving(listen) as url:
        run("doctor", url, "--basic", "ann:pass", "--api-key", "code=a b", "--header", "X-More: 1")
    assert seen[0] == ("/svc/?code=a%20b", "Basic YW5uOnBhc3M=", "1")
    assert {more for _, _, more in seen} == {"1"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ftp://host/",), "'ftp://host/' is no URL of a service. Write http://host/path or https://host/path."),
        (("http://host", "--basic", "a:b", "--bearer", "c"), "--basic and --bearer exclude each other."),
        (("http://host", "--api-key", "x"), "--api-key 'x' is no NAME=VALUE."),
        (("http://host", "--header", "x"), "--header 'x' is no NAME:VALUE."),
    ],
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...], message: str) -> None:
    result = run("doctor", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_host_without_a_service_is_one_finding() -> None:
    with serving() as url:
        closed = url
    result = run("doctor", closed)
    assert result.exit_code == 1
    assert "GET has no answer." in result.stdout
