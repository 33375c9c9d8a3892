"""Which of several containers is the service's, and what is part of it."""

from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.edm.model import Schema
from odata_service.errors import DefinitionError

SET = '<EntitySet Name="{0}Set" EntityType="{0}.T"/>'


def document(name: str, extends: str = "", reference: str = "", *, container: bool = True) -> str:
    """A document with a schema, a type, and a container with a set, which may extend that of another."""
    stated = f'Extends="{extends}.C"' if extends else ""
    held = f'<EntityContainer Name="C" {stated}>{SET.format(name)}</EntityContainer>' if container else ""
    include = f'<edmx:Reference Uri="{reference}.xml"><edmx:Include Namespace="{reference}"/></edmx:Reference>'
    return (
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
        f"{include if reference else ''}<edmx:DataServices>"
        f'<Schema Namespace="{name}" xmlns="http://docs.oasis-open.org/odata/ns/edm"><EntityType Name="T"><Key>'
        '<PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.Int32" Nullable="false"/></EntityType>'
        f"{held}</Schema></edmx:DataServices></edmx:Edmx>"
    )


def loaded(directory: Path, documents: dict[str, str], *given: str) -> Schema:
    """The model of the given ones of some documents."""
    for name, text in documents.items():
        (directory / f"{name}.xml").write_text(text, "utf-8")
    return load_schema(*(directory / f"{name}.xml" for name in given))


def shown(schema: Schema) -> tuple[str, str | None, list[str]]:
    return schema.container.name, schema.container.extends, [child.name for child in schema.container.children()]


@pytest.mark.parametrize("order", ["abc", "cba", "bac", "cab"])
def test_what_a_container_extends_is_part_of_it_whatever_the_order(tmp_path: Path, order: str) -> None:
    documents = {"a": document("a"), "b": document("b", extends="a"), "c": document("c", extends="b")}
    assert shown(loaded(tmp_path, documents, *order)) == ("c.C", None, ["cSet", "bSet", "aSet"])


def test_the_container_of_a_document_that_is_referred_to_is_not_the_services(tmp_path: Path) -> None:
    schema = loaded(tmp_path, {"a": document("a", reference="b"), "b": document("b")}, "a")
    assert (shown(schema), list(schema.types)) == (("a.C", None, ["aSet"]), ["a.T", "b.T"])


def test_it_is_part_of_one_that_extends_it(tmp_path: Path) -> None:
    documents = {"a": document("a", extends="b", reference="b"), "b": document("b")}
    assert shown(loaded(tmp_path, documents, "a")) == ("a.C", None, ["aSet", "bSet"])


def test_it_is_the_services_where_no_other_is(tmp_path: Path) -> None:
    documents = {"a": document("a", reference="b", container=False), "b": document("b")}
    assert shown(loaded(tmp_path, documents, "a")) == ("b.C", None, ["bSet"])


def test_annotations_of_a_container_that_is_extended_are_those_of_its_children(tmp_path: Path) -> None:
    stated = (
        '<Annotations Target="a.C/aSet"><Annotation Term="Org.OData.Core.V1.Description" String="All"/></Annotations>'
    )
    documents = {"a": document("a").replace("</Schema>", f"{stated}</Schema>"), "b": document("b", extends="a")}
    found = loaded(tmp_path, documents, "a", "b").container.entity_sets["aSet"].annotations
    assert [annotation.value for annotation in found] == ["All"]


def test_two_that_do_not_extend_each_other_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as refused:
        loaded(tmp_path, {"a": document("a"), "b": document("b")}, "a", "b")
    assert [problem.message for problem in refused.value.problems] == [
        f"A service has one container: 'b.C' stands beside 'a.C' at {tmp_path}/a.xml:1. "
        "Let one extend the other, or leave one out."
    ]
