"""URLs of the service in the forms that clients and proxies give them."""

import pytest

from odata_service.service.own_urls import below_root, is_host_of

ROOT = "http://host/odata/"


@pytest.mark.parametrize(
    ("url", "below"),
    [
        ("http://host/odata/Things(1)", "Things(1)"),
        ("https://host/odata/Things(1)", "Things(1)"),
        ("HTTP://Host:80/odata/Things(1)", "Things(1)"),
        ("https://host:443/odata/Things(1)", "Things(1)"),
        ("//host/odata/Things(1)", "Things(1)"),
        ("http://host/odata", ""),
        ("/odata/Things(1)", "Things(1)"),
        ("/Things(1)", "Things(1)"),
        ("Things(1)", "Things(1)"),
        ("./Things(1)", "Things(1)"),
        ("Things('http://other/odata/x')", "Things('http://other/odata/x')"),
        ("http://other/odata/Things(1)", None),
        ("http://host:8080/odata/Things(1)", None),
        ("http://host.evil/odata/Things(1)", None),
        ("http://host@evil/odata/Things(1)", None),
        ("ftp://host/odata/Things(1)", None),
        ("http://host/other/Things(1)", None),
        ("http://host", None),
    ],
)
def test_what_follows_the_service_root_is_found_in_each_form(url: str, below: str | None) -> None:
    assert below_root(url, ROOT) == below


@pytest.mark.parametrize(("authority", "is_own"), [("host", True), ("HOST:80", True), ("host:81", False), ("", False)])
def test_a_host_is_that_of_the_service_whatever_its_case(authority: str, is_own: bool) -> None:
    assert is_host_of(authority, ROOT) == is_own
