import pytest

from odata_service.errors import BadRequest, PreconditionRequired
from odata_service.service.conditional import Conditions, Tags, conditions_of, read_tags


def test_an_absent_header_has_no_tags() -> None:
    assert read_tags("If-Match", None) is None


def test_weak_and_strong_tags_are_the_same_opaque_text() -> None:
    assert read_tags("If-Match", 'W/"1", "2"') == Tags(False, ('"1"', '"2"'))


def test_comparison_is_weak() -> None:
    tags = read_tags("If-None-Match", '"17"')
    assert tags is not None
    assert tags.match('W/"17"')
    assert not tags.match('W/"18"')


def test_the_star_matches_everything() -> None:
    tags = read_tags("If-Match", " * ")
    assert tags is not None
    assert tags.match('W/"1"')


def test_only_counters_are_versions() -> None:
    tags = read_tags("If-Match", '"12", W/"abc", "7"')
    assert tags is not None
    assert tags.versions == (12, 7)


@pytest.mark.parametrize("text", ["1", 'W/1"', '"1" "2"', '"1'])
def test_what_is_no_list_of_tags_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="no list of entity tags"):
        read_tags("If-Match", text)


def test_a_tag_in_the_body_holds_beside_the_header() -> None:
    assert conditions_of({}, 'W/"2"') == Conditions(Tags(False, ('"2"',)), None)
    assert conditions_of({"if-match": '"1", "2"'}, 'W/"2"') == Conditions(Tags(False, ('"2"',)), None)
    assert conditions_of({"if-match": "*"}, 'W/"2"') == Conditions(Tags(False, ('"2"',)), None)
    assert conditions_of({"if-match": '"1"'}, "*") == Conditions(Tags(False, ('"1"',)), None)
    assert conditions_of({"if-match": '"1"'}, '"2"').match == Tags(False, ())


def test_a_tag_in_the_body_is_enough_where_one_is_required() -> None:
    assert conditions_of({}, 'W/"2"', required=True).guarded
    with pytest.raises(PreconditionRequired):
        conditions_of({}, required=True)
