"""Laws of patterns: they match as Python's own expressions do, and no pattern takes long."""

import re
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odata_service.edm.pattern_ways import is_quick, trimmed
from odata_service.edm.patterns import Automaton, automaton_of, parse_pattern

ATOMS = st.sampled_from(["a", "b", "[ab]", "[^a]", ".", r"\d", r"\w", "^", "$", r"\b", "(?:ab)", "1"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{1,2}", "{2}"])).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    ),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None)
@given(PATTERNS, st.text("ab1 \n", max_size=8))
def test_a_pattern_matches_as_pythons_does(pattern: str, text: str) -> None:
    alike = pattern.replace("$", r"\Z").replace(".", "[^\n\r]")
    assert automaton_of(pattern).is_in(text) is (re.search(alike, text, re.ASCII) is not None)


@settings(max_examples=300, deadline=None)
@given(PATTERNS, st.text("ab1 \n", max_size=8))
def test_what_a_pattern_begins_and_ends_with_in_vain_makes_no_difference(pattern: str, text: str) -> None:
    less = Automaton(trimmed(parse_pattern(pattern)))
    assert less.is_in(text) is automaton_of(pattern).is_in(text)


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "(.*)*x", "(a?){30}a{30}", "(x+x+)+y"])
def test_no_pattern_takes_long(pattern: str) -> None:
    started = perf_counter()
    automaton_of(pattern).is_in("a" * 400 + "!")
    assert perf_counter() - started < 1


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("a)", "The pattern has ')' at position 2, where a ( before this ) is expected."),
        ("(a", "The pattern has 'the end' at position 3, where a ) is expected."),
        ("*a", "The pattern has '*a' at position 1, where something to repeat is expected."),
        (r"(a)\1", r"The pattern has '1' at position 5, where a known escape, and no back reference, is expected."),
        ("[b-a]", "The pattern has ']' at position 5, where a range such as a-z before is expected."),
        ("a{2,1}", "The pattern has 'the end' at position 7, where {2}, {2,} or {2,5} is expected."),
        ("(" * 60 + ")" * 60, "The pattern is nested deeper than 50 levels."),
        ("(a{1,200}){1,200}", "The pattern stands for more than 5000 steps."),
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_pattern(pattern)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("pattern", "quick"),
    [
        ("^A.*e$", True),
        (".*foo.*", True),
        (r"[\w.]+@[\w.]+\.\w+", True),
        (r"^[\w.]+@[\w.]+\.\w+$", True),
        (r"^\d{1,3}(?:\.\d{1,3}){3}$", True),
        ("^(?:ab)*c", True),
        ("x(?:a|b)+y", True),
        ("x(?:a|aa)+y", False),
        ("x(?:a?){30}a{30}y", False),
        ("^(?:a{1,20}){1,20}$", False),
        ("^(?:a+)+$", False),
        ("x.*a.*a.*y", False),
    ],
)
def test_patterns_that_may_take_many_ways_are_told_from_others(pattern: str, quick: bool) -> None:
    assert is_quick(trimmed(parse_pattern(pattern))) is quick
