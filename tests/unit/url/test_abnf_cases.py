"""The published cases of the grammar, for the rules of expressions and of the options that hold them."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import pytest

from odata_service.errors import ODataError
from odata_service.url import (
    parse_expand,
    parse_expression,
    parse_filter,
    parse_orderby,
    parse_select,
    print_expression,
)
from tests.reference import reference

RULES: dict[str, Callable[[str], object]] = {
    "commonExpr": parse_expression,
    "boolCommonExpr": parse_expression,
    "filter": parse_filter,
    "orderby": parse_orderby,
    "select": parse_select,
    "expand": parse_expand,
}

NOT_YET = {
    "core-0290": "a filtered segment in an expression",
    "core-0484": "an annotation as a step of a path",
    "core-0487": "an annotation as a step of a path",
    "core-0512": "an alias among nested options",
    "core-0520": "$value in $expand",
    "core-0521": "an annotation in $expand",
    "core-0522": "an annotation in $expand",
    "core-0523": "an annotation in $expand",
    "core-0537": "an operation with its parameters in $select",
    "core-0538": "an operation with its parameters in $select",
    "core-0543": "an annotation in $select",
    "core-0544": "an annotation in $select",
    "core-0545": "an annotation in $select",
}
"""Legal texts that are refused for now."""

LENIENT = {
    "core-0310": "a blank beside the equals sign",
    "core-0311": "a blank beside the equals sign",
    "core-0443": "any() without a collection parses as a call, and the resolver refuses it",
    "core-0502": "which options go with $ref is the resolver's to say",
    "core-0503": "which options go with $ref is the resolver's to say",
    "core-0504": "which options go with $ref is the resolver's to say",
    "core-0511": "which options go with $count is the resolver's to say",
    "core-0516": "a leading zero in $levels",
    "core-0688": "a qualified name alone may be a type",
    "core-0726": "members of a list may be any expression",
}
"""Illegal texts that are taken, each with its reason."""


def cases() -> Iterator[dict[str, str]]:
    for line in reference("spec/abnf-cases.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        if case["suite"] == "core" and case["rule"] in RULES:
            yield case


def parsed(case: dict[str, str]) -> object:
    text = case["input"] if case["rule"].endswith("Expr") else case["input"].partition("=")[2]
    return RULES[case["rule"]](unquote(text))


def is_accepted(case: dict[str, str]) -> bool:
    try:
        parsed(case)
    except ODataError:
        return False
    return True


def test_every_case_is_accepted_or_refused_as_it_says() -> None:
    wrong = {
        case["id"]: case["input"]
        for case in cases()
        if is_accepted(case) != (case["fails_at"] is None) and case["id"] not in NOT_YET.keys() | LENIENT.keys()
    }
    assert wrong == {}


def test_the_exceptions_are_still_exceptions() -> None:
    known = {case["id"]: case for case in cases()}
    assert [identifier for identifier in NOT_YET if is_accepted(known[identifier])] == []
    assert [identifier for identifier in LENIENT if not is_accepted(known[identifier])] == []


def test_what_is_printed_is_read_again() -> None:
    trees = [
        parse_expression(unquote(case["input"]))
        for case in cases()
        if case["rule"] == "commonExpr" and case["fails_at"] is None and case["id"] not in NOT_YET
    ]
    assert trees
    assert [tree for tree in trees if parse_expression(print_expression(tree)) != tree] == []


@pytest.mark.parametrize("rule", RULES)
def test_there_are_cases_for_every_rule(rule: str) -> None:
    assert any(case["rule"] == rule for case in cases())
