"""Vocabulary terms that a model defines itself (CSDL 14.1)."""

from collections.abc import Iterator

from odata_service.edm.document import Term
from odata_service.edm.rules.facets import facet_problems
from odata_service.edm.rules.inspection import Inspection, error, warning
from odata_service.edm.values import parse
from odata_service.errors import Problem

TARGETS = (
    *("Action", "ActionImport", "Annotation", "Apply", "Cast", "Collection", "ComplexType", "EntityContainer"),
    *("EntitySet", "EntityType", "EnumType", "Function", "FunctionImport", "If", "Include", "IsOf", "LabeledElement"),
    *("Member", "NavigationProperty", "Null", "OnDelete", "Parameter", "Property", "PropertyValue", "Record"),
    *("Reference", "ReferentialConstraint", "ReturnType", "Schema", "Singleton", "Term", "TypeDefinition", "UrlRef"),
    *("And", "Or", "Not", "Eq", "Ne", "Gt", "Ge", "Lt", "Le", "Has", "In"),
    *("Add", "Sub", "Mul", "Div", "DivBy", "Mod", "Neg"),
)
"""What a term may say that it applies to (CSDL 14.1.3)."""


def term_problems(model: Inspection) -> Iterator[Problem]:
    """What is wrong with the terms of a model."""
    for term in model.draft.terms.values():
        yield from _type_problems(term, model)
        yield from facet_problems(term.name, term.type, term.origin, model)
        yield from _base_problems(term, model)
        for target in term.applies_to:
            if target not in TARGETS:
                message = f"'{term.name}' applies to '{target}', which is no element of a model."
                yield warning(term.origin, f"{message}{model.hints.nearest(target, TARGETS)}")


def _type_problems(term: Term, model: Inspection) -> Iterator[Problem]:
    namespace = term.type.name.rpartition(".")[0]
    if not model.is_known(term.type.name):
        is_own = namespace == "Edm" or namespace in model.draft.namespaces
        unknown = model.unknown(term.origin, f"The type '{term.type.name}' of the term '{term.name}'", term.type.name)
        yield unknown if is_own else warning(term.origin, unknown.message)
        return
    known = model.primitive(term.type)
    if term.default is not None and known is not None and not term.type.collection:
        try:
            parse(term.default, known)
        except ValueError as problem:
            yield error(term.origin, f"The default of the term '{term.name}' does not fit {term.type}: {problem}")


def _base_problems(term: Term, model: Inspection) -> Iterator[Problem]:
    if term.base is None:
        return
    terms = model.draft.terms
    base = terms.get(term.base)
    if base is None:
        if term.base.rpartition(".")[0] in model.draft.namespaces:
            hint = model.hints.nearest(term.base, terms)
            yield error(term.origin, f"The base term '{term.base}' of '{term.name}' is not defined.{hint}")
        return
    seen = {term.name}
    while base is not None and base.name not in seen:
        seen.add(base.name)
        base = terms.get(base.base or "")
    if base is not None and base.name == term.name:
        yield error(term.origin, f"The term '{term.name}' is based on itself.")
