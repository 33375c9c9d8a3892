"""Which annotations a document tells of: those of storage are for this package alone, others as a client chooses."""

from collections.abc import Callable

from odata_service.edm.annotations import STORAGE, Annotation
from odata_service.edm.chosen import ChosenAnnotations

Told = Callable[[Annotation], bool]


def told(*, storage: bool = False, chosen: ChosenAnnotations | None = None) -> Told:
    """Whether an annotation is told: all are where nothing is chosen, those of storage where they are asked for."""

    def is_told(annotation: Annotation) -> bool:
        if is_of_storage(annotation):
            return storage
        return chosen is None or chosen.includes(annotation.term, annotation.qualifier)

    return is_told


def is_of_storage(annotation: Annotation) -> bool:
    """Whether an annotation says where values are kept."""
    return annotation.term.startswith(f"{STORAGE}.")
