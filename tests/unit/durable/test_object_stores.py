import pytest

from durable import NonRetryable
from durable.adapters.memory.objects import MemoryObjects
from durable.stores import ObjectStores


def test_a_store_is_found_by_its_name_and_the_main_one_by_main() -> None:
    main, archive = MemoryObjects(), MemoryObjects()

    stores = ObjectStores(main, {"archive": archive})

    assert (stores["main"], stores["archive"], stores.main) == (main, archive, main)


def test_a_store_that_the_deployment_does_not_name_fails_for_good_and_says_which_there_are() -> None:
    stores = ObjectStores(MemoryObjects(), {"archive": MemoryObjects()})

    with pytest.raises(NonRetryable, match="expected one of the stores archive, main; found 'elsewhere'"):
        stores["elsewhere"]
