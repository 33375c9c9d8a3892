"""Navigation sources: what there is, and where navigation properties lead (CSDL 8.4, 13.4)."""

import pytest

from odata_service.edm.model import SourceKind
from tests.models import company_schema

SCHEMA = company_schema()
TARGETS = SCHEMA.sources.targets


@pytest.mark.parametrize(
    ("name", "kind", "entity_type"),
    [
        ("People", SourceKind.ENTITY_SET, "firm.Person"),
        ("Settings", SourceKind.SINGLETON, "firm.Settings"),
        ("firm.Person/notes", SourceKind.CONTAINED, "firm.Note"),
        ("firm.Note/signature", SourceKind.CONTAINED_SINGLE, "firm.Signature"),
    ],
)
def test_sets_singletons_and_containments_are_sources(name: str, kind: SourceKind, entity_type: str) -> None:
    source = SCHEMA.source(name)
    assert source is not None
    assert (source.kind, source.entity_type) == (kind, entity_type)


def test_a_containment_is_one_source_whatever_contains_it() -> None:
    owners = [owner for (owner, path), target in TARGETS.items() if target == "firm.Note/replies"]
    assert sorted(owners) == ["firm.Note/replies", "firm.Person/notes", "firm.Settings/pinned"]


@pytest.mark.parametrize(
    ("source", "path", "target"),
    [
        ("People", "friend", "People"),
        ("People", "firm.Employee/manager", "People"),
        ("firm.Person/notes", "about", "Projects"),
        ("firm.Person/notes", "seenBy", "People"),
        ("firm.Note/replies", "about", "Projects"),
        ("Settings", "home", "Projects"),
    ],
)
def test_bindings_lead_from_the_source_that_their_path_ends_in(source: str, path: str, target: str) -> None:
    assert TARGETS[source, path] == target


def test_what_is_bound_to_nothing_leads_nowhere() -> None:
    assert ("Me", "firm.Employee/manager") not in TARGETS


def test_only_what_others_refer_to_has_a_name_of_its_own() -> None:
    assert "Projects" not in SCHEMA.sources.named
    assert {"People", "Settings", "firm.Person/notes", "Scans"} <= SCHEMA.sources.named
    assert "Settings" not in SCHEMA.sources.streaming


def test_a_property_of_a_derived_type_is_told_by_that_type() -> None:
    assert SCHEMA.member_path("firm.Person", "firm.Director", "salary") == "firm.Employee/salary"
    assert SCHEMA.member_path("firm.Person", "firm.Director", "name") == "name"
