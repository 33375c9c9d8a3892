"""Wrong V2 documents: every problem with its line, the rest read all the same."""

from pathlib import Path

import pytest

from odata_service.definition import check, load_schema
from odata_service.edm.model import NavigationProperty, ReferentialConstraint

EDMX = "http://schemas.microsoft.com/ado/2007/06/edmx"

TYPES = """\
<EntityType Name="A"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/>
<NavigationProperty Name="Bs" Relationship="n.AB" FromRole="A" ToRole="B"/>
</EntityType>
<EntityType Name="B"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/>
<Property Name="AID" Type="Edm.Int32"/></EntityType>"""
SETS = """<EntityContainer Name="C"><EntitySet Name="As" EntityType="n.A"/><EntitySet Name="Bs" EntityType="n.B"/>
{}</EntityContainer>"""
ENDS = '<End Type="n.A" Role="A" Multiplicity="1"/><End Type="n.B" Role="B" Multiplicity="*"/>'


def document(content: str, edm: str = "2008/09") -> str:
    """A document whose content begins on line 3."""
    return (
        f'<edmx:Edmx Version="1.0" xmlns:edmx="{EDMX}"><edmx:DataServices>\n'
        f'<Schema Namespace="n" xmlns="http://schemas.microsoft.com/ado/{edm}/edm">\n'
        f"{content}\n</Schema></edmx:DataServices></edmx:Edmx>"
    )


def problems(text: str, directory: Path) -> list[str]:
    file = directory / "wrong.xml"
    file.write_text(text, "utf-8")
    return [str(problem).removeprefix(f"{file}:") for problem in check(file)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            f'{TYPES}\n<Association Name="Ab">{ENDS}</Association>\n{SETS.format("")}',
            ["4: error: The association 'n.AB' of 'Bs' is not defined. Did you mean 'n.Ab'?"],
            id="unknown association",
        ),
        pytest.param(
            f'{TYPES}\n<Association Name="AB">{ENDS.replace("*", "many")}</Association>\n{SETS.format("")}',
            [
                "4: error: The association 'n.AB' of 'Bs' is not defined.",
                "8: error: Association 'AB' has the multiplicity 'many': write *, 1 or 0..1.",
            ],
            id="unknown multiplicity",
        ),
        pytest.param(
            f'{TYPES}\n<Association Name="AB">{ENDS.replace(chr(34) + "B" + chr(34), chr(34) + "X" + chr(34))}'
            f"</Association>\n{SETS.format('')}",
            ["4: error: 'Bs' leads from 'A' to 'B', and the ends of 'n.AB' are A and X."],
            id="unknown role",
        ),
        pytest.param(
            f'{TYPES}\n<Association Name="AB">{ENDS}<ReferentialConstraint>\n<Principal Role="A">'
            '<PropertyRef Name="ID"/></Principal><Dependent Role="Z"><PropertyRef Name="AID"/></Dependent>'
            f"</ReferentialConstraint></Association>\n{SETS.format('')}",
            ["8: error: The constraint of 'AB' names the role 'Z'; its ends are A, B."],
            id="constraint with an unknown role",
        ),
        pytest.param(
            f'{TYPES}\n<Association Name="AB">{ENDS}</Association>\n'
            + SETS.format(
                '<AssociationSet Name="S" Association="n.AB">\n<End Role="A" EntitySet="Ass"/>'
                '<End Role="B" EntitySet="Bs"/></AssociationSet>'
            ),
            ["11: error: The end 'A' of an association set names 'Ass', which is no entity set. Did you mean 'As'?"],
            id="unknown set",
        ),
        pytest.param(
            f'{TYPES.replace("Edm.Int32", "Edm.Int3", 1)}\n<Association Name="AB">{ENDS}</Association>\n'
            + SETS.format(""),
            [
                "3: error: The type 'Edm.Int3' of 'ID' is not defined.",
                "3: error: The key property 'ID' of 'n.A' cannot have the type Edm.Int3.",
            ],
            id="unknown type",
        ),
        pytest.param(
            f'{TYPES.replace("Type=", "Tipe=", 1)}\n<Association Name="AB">{ENDS}</Association>\n{SETS.format("")}',
            [
                "3: error: <Property> needs the attribute Type.",
                "3: warning: <Property> has no attribute Tipe, so it is passed over. Did you mean 'Type'?",
            ],
            id="misspelt attribute",
        ),
        pytest.param(
            "",
            ["1: error: No resource is defined here."],
            id="empty schema",
        ),
    ],
)
def test_a_problem_is_told_at_its_line(content: str, expected: list[str], tmp_path: Path) -> None:
    found = problems(document(content), tmp_path)
    assert len(found) >= len(expected)
    assert [line[: len(wanted)] for line, wanted in zip(found, expected, strict=False)] == expected


@pytest.mark.parametrize("edm", ["2006/04", "2007/05", "2008/01", "2008/09", "2009/08", "2009/11"])
def test_documents_of_every_namespace_are_read(edm: str, tmp_path: Path) -> None:
    file = tmp_path / "n.xml"
    file.write_text(document(f'{TYPES}<Association Name="AB">{ENDS}</Association>{SETS.format("")}', edm), "utf-8")
    assert list(load_schema(file).container.entity_sets) == ["As", "Bs"]


def test_what_pyodata_refuses_is_read_from_the_document(tmp_path: Path) -> None:
    constraint = (
        '<ReferentialConstraint><Principal Role="A"><PropertyRef Name="ID"/></Principal>'
        '<Dependent Role="B"><PropertyRef Name="AID"/></Dependent></ReferentialConstraint>'
    )
    other = (
        '</Schema><Schema Namespace="m" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">'
        f'<Association Name="AB">{ENDS}{constraint}</Association>'
    )
    back = '<NavigationProperty Name="A" Relationship="m.AB" FromRole="B" ToRole="A"/></EntityType>'
    types = TYPES.replace("n.AB", "m.AB").removesuffix("</EntityType>") + back
    file = tmp_path / "n.xml"
    file.write_text(document(f"{types}{SETS.format('')}{other}"), "utf-8")
    assert load_schema(file).navigation_properties("n.B") == {
        "A": NavigationProperty(
            "A",
            "n.A",
            nullable=False,
            partner="Bs",
            referential_constraints=(ReferentialConstraint("AID", "ID"),),
        )
    }


def test_a_designer_file_without_data_services_is_refused(tmp_path: Path) -> None:
    text = f'<edmx:Edmx Version="1.0" xmlns:edmx="{EDMX}"><edmx:Runtime/></edmx:Edmx>'
    assert problems(text, tmp_path) == [
        "1: warning: <Runtime> does not stand in <Edmx>, so it is passed over.",
        "1: error: The document holds no <Schema> in <DataServices>: export $metadata of a service.",
    ]
