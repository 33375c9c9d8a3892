"""Alternate keys as annotations of types and of sets state them."""

from odata_service.edm.alternate_keys import alternate_keys, stated_keys
from odata_service.edm.annotations import ALTERNATE_KEYS, Annotation, Path, Record
from tests.models import alternate_schema


def key_of(*parts: Record) -> Annotation:
    return Annotation(ALTERNATE_KEYS, (Record({"Key": parts}),))


def test_the_parts_of_a_key_are_called_by_their_alias_or_their_path() -> None:
    named = Record({"Name": Path("code/number", "PropertyPath"), "Alias": "number"})
    plain = Record({"Name": "sku"})
    assert list(stated_keys([key_of(named, plain)])) == [(("code/number", "number"), ("sku", "sku"))]


def test_without_the_annotation_there_is_no_alternate_key() -> None:
    assert list(stated_keys([])) == []


def test_the_keys_of_a_source_are_those_of_its_type() -> None:
    schema = alternate_schema()
    source = schema.sources.by_name["Products"]
    found = alternate_keys(source, schema)
    assert [[(name, leaf.path) for name, leaf in key] for key in found] == [
        [("sku", "sku")],
        [("letters", "code/letters"), ("number", "code/number")],
    ]
