import json
from pathlib import Path
from typing import Any

import pytest

from emulators.cosmos import CosmosEndpoint, Topology
from emulators.cosmos.topology import TopologyError
from tests.support.cosmos_requests import create, query, send


def topology(**changes: Any) -> dict[str, Any]:
    container = {"Name": "orders", "PartitionKey": {"paths": ["/customer"]}, "DefaultTtl": -1, **changes}
    return {"UserConfig": {}, "Cosmos": {"Databases": [{"Name": "shop", "Containers": [container]}]}}


def test_what_the_file_names_exists_from_the_start() -> None:
    endpoint = CosmosEndpoint(Topology.of(topology()))

    container = json.loads(send(endpoint, "GET", "/dbs/shop/colls/orders").body)

    assert container["defaultTtl"] == -1
    assert container["partitionKey"] == {"kind": "Hash", "version": 2, "paths": ["/customer"]}


def test_the_topology_of_this_repository_is_understood() -> None:
    path = Path(__file__).parents[4] / "shared" / "src" / "contracts" / "topology.json"

    assert Topology.read(path).containers


async def test_a_changed_file_brings_existing_containers_up_to_date_and_keeps_their_items(tmp_path: Path) -> None:
    before = CosmosEndpoint(Topology.of(topology()), data=tmp_path)
    create(before, {"id": "1", "customer": "ada", "rank": 3})
    await before.stop()

    policy = {"includedPaths": [{"path": "/rank/?"}], "excludedPaths": [{"path": "/*"}]}
    after = CosmosEndpoint(Topology.of(topology(IndexingPolicy=policy)), data=tmp_path)

    assert [item["id"] for item in query(after, "SELECT * FROM c WHERE c.rank > 2 ORDER BY c.rank")] == ["1"]
    await after.stop()


async def test_an_unchanged_file_leaves_the_container_as_it_was(tmp_path: Path) -> None:
    before = CosmosEndpoint(Topology.of(topology()), data=tmp_path)
    first = json.loads(send(before, "GET", "/dbs/shop/colls/orders").body)
    await before.stop()

    after = CosmosEndpoint(Topology.of(topology()), data=tmp_path)

    assert json.loads(send(after, "GET", "/dbs/shop/colls/orders").body) == first
    await after.stop()


async def test_numbers_of_writes_never_come_back_after_a_restart(tmp_path: Path) -> None:
    before = CosmosEndpoint(Topology.of(topology()), data=tmp_path)
    etag = create(before, {"id": "1", "customer": "ada"}).header(b"lsn")
    send(before, "DELETE", "/dbs/shop/colls/orders/docs/1", x_ms_documentdb_partitionkey='["ada"]')
    await before.stop()

    after = CosmosEndpoint(Topology.of(topology()), data=tmp_path)

    assert etag is not None
    assert int(create(after, {"id": "1", "customer": "ada"}).header(b"lsn") or 0) > int(etag) + 1
    await after.stop()


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({}, "Cosmos"),
        ({"Cosmos": {"Databases": [], "Extra": 1}}, "Cosmos.Extra"),
        ({"Cosmos": {"Databases": [{"Containers": []}]}}, r"Cosmos.Databases\[0\].Name"),
        (topology(Colour="red"), r"Cosmos.Databases\[0\].Containers\[0\].Colour"),
        (topology(PartitionKey=None), r"Containers\[0\].PartitionKey"),
        (topology(Name=""), r"Containers\[0\].Name"),
        ([], "the file"),
    ],
)
def test_a_mistake_is_named_with_its_place(content: Any, place: str) -> None:
    with pytest.raises(TopologyError, match=place):
        Topology.of(content)


def test_a_value_that_no_container_can_have_is_refused() -> None:
    with pytest.raises(TopologyError, match="defaultTtl"):
        CosmosEndpoint(Topology.of(topology(DefaultTtl=0)))


def test_a_file_that_is_not_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "topology.json"
    path.write_text("{")

    with pytest.raises(TopologyError, match="not JSON"):
        Topology.read(path)
