"""Checks that list values, as three families print them."""

import pytest

from odata_service.database.checks import listed_values

LISTED = ("status", ("new", "paid"))


@pytest.mark.parametrize(
    "check",
    [
        "status IN ('new', 'paid')",
        "[status] in ('new','paid')",
        "\"status\" IN ('new', 'paid')",
        "(status IN ('new', 'paid'))",
        "status IS NULL OR status IN ('new', 'paid')",
        "status in ('new', 'paid') or status is null",
        "status = 'new' OR status = 'paid'",
        "`status` in ('new','paid')",
        "(status = ANY (ARRAY['new'::text, 'paid'::text]))",
        "((status)::text = ANY ((ARRAY['new'::character varying, 'paid'::character varying])::text[]))",
        "((status)::text = ANY (ARRAY[('new'::character varying)::text, ('paid'::character varying)::text]))",
        "((status = 'new'::text) OR (status = 'paid'::text))",
    ],
)
def test_a_list_of_texts_is_found(check: str) -> None:
    assert listed_values(check) == LISTED


def test_numbers_and_quotes_are_read() -> None:
    assert listed_values("grade IN (1, -2)") == ("grade", (1, -2))
    assert listed_values("mood IN ('it''s fine', 'in (a, b)')") == ("mood", ("it's fine", "in (a, b)"))


@pytest.mark.parametrize(
    "check",
    [
        "status > 'a'",
        "status IN ('a') AND price > 0",
        "lower(status) IN ('a', 'b')",
        "status = 'a' OR kind = 'b'",
        "status NOT IN ('a', 'b')",
        "price BETWEEN 1 AND 2",
        "json_valid(`notes`)",
        "status = 'a'",
        "",
    ],
)
def test_other_checks_list_nothing(check: str) -> None:
    assert listed_values(check) is None
