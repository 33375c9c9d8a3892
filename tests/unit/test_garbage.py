import gc

import pytest

from odata_service.garbage import collecting_later


def test_garbage_is_looked_for_again_when_all_is_made() -> None:
    with collecting_later():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_garbage_is_looked_for_again_after_a_failure() -> None:
    with pytest.raises(KeyError), collecting_later():
        raise KeyError("a")
    assert gc.isenabled()


def test_whoever_has_switched_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with collecting_later():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
