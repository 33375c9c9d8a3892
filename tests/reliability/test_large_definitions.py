"""Large definitions: what is read, written and served costs as much more as there is more of it."""

from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest

from odata_service.csdl import announced, write_json, write_xml
from odata_service.csdl.v2 import write_v2
from odata_service.definition import load_schema
from odata_service.errors import DefinitionError
from odata_service.garbage import collecting_later
from odata_service.sql import mapping_of
from odata_service.sql.families import SQLITE
from odata_service.sql.wanted import wanted_tables

_TIMES, _BAR, _ROUNDS = 8, 20, 5
"""A document of eight times the size takes eight times as long; where each part looks at all others, 64 times."""

_HEAD = """<edmx:Edmx Version="4.01" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="made.up" Alias="self" xmlns="http://docs.oasis-open.org/odata/ns/edm">
"""
_KEY = '<Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.Int32" Nullable="false"/>'


def _document(parts: str, children: str = '<EntitySet Name="Things" EntityType="self.Thing"/>') -> str:
    thing = f'<EntityType Name="Thing">{_KEY}</EntityType>\n'
    container = f'<EntityContainer Name="Container">{children}</EntityContainer>'
    return f"{_HEAD}{thing}{parts}{container}</Schema></edmx:DataServices></edmx:Edmx>"


def _members(n: int) -> str:
    members = "\n".join(f'<Member Name="m{i}" Value="{i}"/>' for i in range(n))
    return _document(f'<EnumType Name="Kind">{members}</EnumType>')


def _annotations(n: int) -> str:
    said = "\n".join(f'<Annotation Term="Org.OData.Core.V1.Description" Qualifier="q{i}" String=""/>' for i in range(n))
    return _document(f'<Annotations Target="self.Thing/id">{said}</Annotations>')


def _sets(n: int) -> str:
    types = "\n".join(
        f'<EntityType Name="T{i}">{_KEY}<NavigationProperty Name="next" Type="self.T{(i + 1) % n}"/></EntityType>'
        for i in range(n)
    )
    sets = "\n".join(
        f'<EntitySet Name="S{i}" EntityType="self.T{i}">'
        f'<NavigationPropertyBinding Path="next" Target="S{(i + 1) % n}"/></EntitySet>'
        for i in range(n)
    )
    return _document(types, sets)


def _annotated(n: int) -> str:
    parts = "\n".join(f'<Property Name="p{i}" Type="Edm.String"/>' for i in range(n))
    said = "\n".join(
        f'<Annotations Target="self.T/p{i}"><Annotation Term="Org.OData.Core.V1.Immutable"/></Annotations>'
        for i in range(n)
    )
    return _document(f'<EntityType Name="T">{_KEY}{parts}</EntityType>{said}')


def _mistaken(n: int) -> str:
    said = "\n".join(
        f'<Annotations Target="self.Thing/p{i}"><Annotation Term="Org.OData.Core.V1.Immutable"/></Annotations>'
        for i in range(n)
    )
    return _document(said)


def _values(n: int) -> str:
    parts = "\n".join(f'<Property Name="p{i}" Type="self.Place"/>' for i in range(n))
    place = '<ComplexType Name="Place"><Property Name="city" Type="Edm.String"/></ComplexType>'
    return _document(
        f'{place}<EntityType Name="T">{_KEY}{parts}</EntityType>', '<EntitySet Name="S" EntityType="self.T"/>'
    )


def _families(n: int) -> str:
    derived = "\n".join(
        f'<EntityType Name="T{i}" BaseType="self.Thing">'
        f'<NavigationProperty Name="n{i}" Type="self.Thing"/></EntityType>'
        for i in range(n)
    )
    return _document(derived, "\n".join(f'<EntitySet Name="S{i}" EntityType="self.Thing"/>' for i in range(10)))


def _of_one_type(n: int) -> str:
    return _document("", "\n".join(f'<EntitySet Name="S{i}" EntityType="self.Thing"/>' for i in range(n)))


def _ring(n: int) -> str:
    types = "\n".join(
        f'<ComplexType Name="C{i}"><Property Name="inner" Type="self.C{(i + 1) % n}"/></ComplexType>' for i in range(n)
    )
    return _document(f'{types}<EntityType Name="T">{_KEY}<Property Name="ring" Type="self.C0"/></EntityType>')


def _references(n: int) -> str:
    references = "\n".join(
        f'<edmx:Reference Uri="https://example.org/{i}"><edmx:Include Namespace="other{i}"/></edmx:Reference>'
        for i in range(n)
    )
    return _document("").replace("<edmx:DataServices>", f"{references}<edmx:DataServices>")


def _namespaces(n: int) -> str:
    schemas = "".join(
        f'<Schema Namespace="n{i}" xmlns="http://docs.oasis-open.org/odata/ns/edm"><ComplexType Name="C"/></Schema>'
        for i in range(n)
    )
    return _document("").replace("<edmx:DataServices>", f"<edmx:DataServices>{schemas}")


def _hub(n: int) -> str:
    """Two types that lead to each other in as many ways."""
    there = "".join(f'<NavigationProperty Name="b{i}" Type="self.B" Partner="a{i}"/>' for i in range(n))
    back = "".join(f'<NavigationProperty Name="a{i}" Type="self.A" Partner="b{i}"/>' for i in range(n))
    types = f'<EntityType Name="A">{_KEY}{there}</EntityType><EntityType Name="B">{_KEY}{back}</EntityType>'
    return _document(types, '<EntitySet Name="As" EntityType="self.A"/><EntitySet Name="Bs" EntityType="self.B"/>')


def _keyless(n: int) -> str:
    sets = "\n".join(f'<EntitySet Name="S{i}" EntityType="self.Keyless"/>' for i in range(n))
    return _document('<EntityType Name="Keyless"><Property Name="a" Type="Edm.String"/></EntityType>', sets)


def _read(document: Path) -> Callable[[], object]:
    return lambda: load_schema(document)


def _refuse(document: Path) -> Callable[[], object]:
    def refuse() -> None:
        with pytest.raises(DefinitionError):
            load_schema(document)

    return refuse


def _read_json(document: Path) -> Callable[[], object]:
    in_json = document.with_suffix(".json")
    in_json.write_bytes(write_json(load_schema(document)))
    return lambda: load_schema(in_json)


def _read_v2(document: Path) -> Callable[[], object]:
    in_v2 = document.with_suffix(".edmx")
    in_v2.write_bytes(write_v2(load_schema(document)))
    return lambda: load_schema(in_v2)


def _keep(document: Path) -> Callable[[], object]:
    schema = load_schema(document)
    return lambda: list(wanted_tables(mapping_of(schema, SQLITE)))


def _write(document: Path) -> Callable[[], object]:
    schema = announced(load_schema(document), ("contains", "startswith"))
    return lambda: write_xml(schema, "4.0")


def _write_v2(document: Path) -> Callable[[], object]:
    schema = load_schema(document)
    return lambda: write_v2(schema)


@pytest.mark.parametrize(
    ("document", "stage", "size"),
    [
        pytest.param(_members, _read, 400, id="members of an enumeration"),
        pytest.param(_members, _read_json, 400, id="members of an enumeration in JSON"),
        pytest.param(_annotations, _read_json, 400, id="annotations of one property in JSON"),
        pytest.param(_keyless, _refuse, 200, id="entity sets without keys"),
        pytest.param(_annotated, _read, 200, id="annotations apart of the properties of one type"),
        pytest.param(_mistaken, _read, 200, id="annotations apart of what is not there"),
        pytest.param(_families, _read, 100, id="derived types with navigation properties"),
        pytest.param(_of_one_type, _read, 200, id="entity sets of one type"),
        pytest.param(_ring, _read, 100, id="complex types that contain each other"),
        pytest.param(_references, _read, 100, id="references"),
        pytest.param(_namespaces, _write, 100, id="namespaces in XML"),
        pytest.param(_of_one_type, _write, 100, id="entity sets in XML"),
        pytest.param(_values, _keep, 400, id="complex values in a table"),
        pytest.param(_sets, _keep, 60, id="tables of entity sets"),
        pytest.param(_hub, _read_v2, 40, id="navigation properties of two types in V2"),
        pytest.param(_sets, _write_v2, 60, id="entity sets in V2"),
    ],
)
def test_what_a_definition_takes_grows_no_faster_than_the_definition(
    document: Callable[[int], str], stage: Callable[[Path], Callable[[], object]], size: int, tmp_path: Path
) -> None:
    small, large = (_written(tmp_path, document(n), n) for n in (size, size * _TIMES))
    assert _ratio(stage(small), stage(large)) < _BAR


def _written(directory: Path, text: str, n: int) -> Path:
    document = directory / f"of{n}.xml"
    document.write_text(text, encoding="utf-8")
    return document


def _ratio(small: Callable[[], object], large: Callable[[], object]) -> float:
    """How many times as long one takes as the other: the least of some rounds each, as many as it needs."""
    of_small, of_large = [], []
    for _ in range(_ROUNDS):
        of_small.append(_spent(small))
        of_large.append(_spent(large))
        if min(of_large) < _BAR * min(of_small):
            break
    return min(of_large) / min(of_small)


def _spent(run: Callable[[], object]) -> float:
    with collecting_later():
        started = process_time()
        run()
        return process_time() - started
