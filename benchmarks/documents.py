"""CSDL documents of about 5 MB, made up by rule, and the seconds of a processor that reading and writing them takes."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from odata_service.csdl import write_json, write_xml
from odata_service.definition import load_schema

BYTES = 4_000_000
"""Of the document without the blanks in front of lines, which make a fifth of what is written."""

_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.01" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
<edmx:Reference Uri="https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml">
<edmx:Include Namespace="Org.OData.Core.V1" Alias="Core"/></edmx:Reference>
<edmx:DataServices>
<Schema Namespace="made.up" Alias="self" xmlns="http://docs.oasis-open.org/odata/ns/edm">
"""
_TAIL = "</Schema></edmx:DataServices></edmx:Edmx>\n"

_TYPES = (
    'Type="Edm.String" MaxLength="80"',
    'Type="Edm.Int32" Nullable="false"',
    'Type="Edm.DateTimeOffset" Precision="7"',
    'Type="Edm.Decimal" Precision="12" Scale="2"',
    'Type="Edm.Boolean" DefaultValue="false"',
    'Type="Collection(Edm.String)"',
    'Type="self.Address{n}"',
    'Type="self.State{n}"',
)


def document_rows() -> Iterator[dict[str, object]]:
    """A row of the table for reading each form of the document, and one for writing."""
    with TemporaryDirectory() as directory:
        for document in write_documents(Path(directory)):
            started = process_time()
            schema = load_schema(document)
            spent = process_time() - started
            size = document.stat().st_size / 1_000_000
            what = document.suffix.removeprefix(".").upper()
            yield {"case": f"read {size:.1f} MB of CSDL {what}", "figure": f"{spent:.2f} s", "target": "< 3 s"}
        started = process_time()
        write_xml(schema, "4.01")
        yield {"case": "write it as XML", "figure": f"{process_time() - started:.2f} s", "target": "< 3 s"}


def write_documents(directory: Path) -> tuple[Path, Path]:
    """The same model as XML and as JSON."""
    document = directory / "large.xml"
    document.write_text("".join(_document()), "utf-8")
    schema = load_schema(document)
    document.write_bytes(write_xml(schema, "4.01"))
    in_json = directory / "large.json"
    in_json.write_bytes(write_json(schema))
    return document, in_json


def _document() -> Iterator[str]:
    yield _HEAD
    sets: list[str] = []
    length = len(_HEAD)
    while length < BYTES:
        part = _part(len(sets))
        sets.append(_entity_set(len(sets)))
        length += len(part) + len(sets[-1])
        yield part
    yield f'<EntityContainer Name="Container">\n{"".join(sets)}</EntityContainer>\n{_TAIL}'


def _part(n: int) -> str:
    """An entity type with a derived one, its complex type and enumeration, an action, annotations apart."""
    base = f"Thing{n}"
    properties = "".join(
        f'<Property Name="property{i}" {_TYPES[i % len(_TYPES)].format(n=n)}>'
        f'<Annotation Term="Core.Description" String="What property {i} of thing {n} says."/></Property>\n'
        for i in range(24)
    )
    other = max(n - 1, 0)
    return f"""<EntityType Name="{base}" OpenType="{"true" if n % 7 == 0 else "false"}">
<Key><PropertyRef Name="id"/></Key>
<Property Name="id" Type="Edm.Guid" Nullable="false"/>
{properties}<NavigationProperty Name="others" Type="Collection(self.Thing{other})"/>
<NavigationProperty Name="parts" Type="Collection(self.Part{n})" ContainsTarget="true"/>
</EntityType>
<EntityType Name="Special{n}" BaseType="self.{base}"><Property Name="note" Type="Edm.String"/></EntityType>
<EntityType Name="Part{n}"><Key><PropertyRef Name="number"/></Key>
<Property Name="number" Type="Edm.Int32" Nullable="false"/></EntityType>
<ComplexType Name="Address{n}"><Property Name="city" Type="Edm.String"/><Property Name="street" Type="Edm.String"/>
</ComplexType>
<EnumType Name="State{n}"><Member Name="open" Value="0"/><Member Name="done" Value="1"/></EnumType>
<Action Name="Close{n}" IsBound="true"><Parameter Name="it" Type="self.{base}" Nullable="false"/>
<Parameter Name="reason" Type="Edm.String"/></Action>
<Annotations Target="self.{base}/property0"><Annotation Term="Core.Immutable"/></Annotations>
"""


def _entity_set(n: int) -> str:
    other = max(n - 1, 0)
    return (
        f'<EntitySet Name="Things{n}" EntityType="self.Thing{n}">'
        f'<NavigationPropertyBinding Path="others" Target="Things{other}"/></EntitySet>\n'
    )
