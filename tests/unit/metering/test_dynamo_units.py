"""Write and read units against figures worked out by hand from the developer guide."""

from tools.metering.dynamo import Index, item_size, read_units, write_units

BY_STATUS = Index("by_status", ("status",), frozenset({"total"}))


def item(**attributes: str) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in {"pk": "a", "sk": "b", **attributes}.items()}


def test_an_items_size_is_its_names_and_values() -> None:
    assert item_size({"pk": {"S": "ab"}, "n": {"N": "1234"}, "b": {"BOOL": True}}) == (2 + 2) + (1 + 3) + (1 + 1)


def test_maps_and_lists_have_an_overhead_for_each_element() -> None:
    assert item_size({"m": {"M": {"k": {"S": "v"}}}}) == 1 + 3 + (1 + 1 + 1)
    assert item_size({"l": {"L": [{"S": "v"}, {"NULL": True}]}}) == 1 + 3 + 2 + 2


def test_a_transaction_pays_twice_for_the_table_and_once_for_the_index() -> None:
    assert write_units(None, item(status="placed"), [BY_STATUS], transactional=True) == (2, 1)
    assert write_units(None, item(status="placed"), [BY_STATUS], transactional=False) == (1, 1)


def test_the_larger_of_old_and_new_counts() -> None:
    assert write_units(item(x="y" * 3000), item(), [], transactional=False) == (3, 0)


def test_an_index_entry_that_moves_is_deleted_and_put() -> None:
    assert write_units(item(status="placed"), item(status="paid"), [BY_STATUS], transactional=True)[1] == 2


def test_a_changed_projection_is_one_write_and_an_unprojected_change_none() -> None:
    before = item(status="placed", total="1")
    assert write_units(before, item(status="placed", total="2"), [BY_STATUS], transactional=True)[1] == 1
    assert write_units(before, item(status="placed", total="1", z="z"), [BY_STATUS], transactional=True)[1] == 0


def test_a_sparse_index_costs_nothing_for_items_without_its_key() -> None:
    assert write_units(None, item(), [BY_STATUS], transactional=False) == (1, 0)


def test_a_query_rounds_the_sum_and_single_reads_round_each() -> None:
    assert read_units([100, 100, 100], consistent=True, together=True) == 1.0
    assert read_units([100, 100, 100], consistent=False, together=False) == 1.5
    assert read_units([], consistent=True, together=True) == 1.0
