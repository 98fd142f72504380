// @azure/cosmos for Node. COSMOS: the address, COSMOS_KEY: the key.
import { createRequire } from "node:module";
import { check, play, refused, same } from "./played.mjs";

const { ChangeFeedStartFrom, CosmosClient, PartitionKeyBuilder } = createRequire(`${process.env.MODULES}/`)("@azure/cosmos");
const client = new CosmosClient({ endpoint: process.env.COSMOS, key: process.env.COSMOS_KEY });
const { database } = await client.databases.createIfNotExists({ id: "node" });
const made = (id, more = {}) => database.containers.createIfNotExists({ id, partitionKey: { paths: ["/pk"] }, ...more }).then(({ container }) => container);
const ids = (items) => items.map((item) => item.id);

await play({
  "create, read, replace, upsert and delete an item": async () => {
    const items = await made("items");
    const created = await items.items.create({ id: "1", pk: "a", n: 1 });
    same(created.statusCode, 201);
    check(created.requestCharge > 0, "charge");
    const item = items.item("1", "a");
    same((await item.read()).resource.n, 1);
    same((await item.replace({ id: "1", pk: "a", n: 2 })).resource.n, 2);
    same((await items.items.upsert({ id: "1", pk: "a", n: 3 })).statusCode, 200);
    same((await item.delete()).statusCode, 204);
    same((await item.read()).statusCode, 404);
    await items.items.create({ id: "2", pk: "a" });
    await refused(() => items.items.create({ id: "2", pk: "a" }), 409);
  },
  "ETags": async () => {
    const items = await made("etags");
    const { etag } = await items.items.create({ id: "1", pk: "a" });
    const item = items.item("1", "a");
    await item.replace({ id: "1", pk: "a", n: 1 }, { accessCondition: { type: "IfMatch", condition: etag } });
    await refused(() => item.replace({ id: "1", pk: "a", n: 2 }, { accessCondition: { type: "IfMatch", condition: etag } }), 412);
  },
  "patch, with a condition": async () => {
    const items = await made("patches");
    await items.items.create({ id: "1", pk: "a", n: 1, list: [1] });
    const item = items.item("1", "a");
    const operations = [
      { op: "incr", path: "/n", value: 5 },
      { op: "add", path: "/list/-", value: 2 },
      { op: "set", path: "/name", value: "x" },
    ];
    const { resource } = await item.patch(operations);
    same([resource.n, resource.list, resource.name], [6, [1, 2], "x"]);
    await refused(() => item.patch({ condition: "from c where c.n = 1", operations }), 412);
  },
  "a transactional batch, and one that is rolled back": async () => {
    const items = await made("batches");
    const create = (id) => ({ operationType: "Create", resourceBody: { id, pk: "a" } });
    const good = await items.items.batch([create("1"), create("2"), { operationType: "Read", id: "1" }], "a");
    same(good.result.map((each) => each.statusCode), [201, 201, 200]);
    const bad = await items.items.batch([create("3"), create("1")], "a");
    same([bad.code, bad.result.map((each) => each.statusCode)], [207, [424, 409]]);
    same((await items.item("3", "a").read()).statusCode, 404);
  },
  "bulk operations": async () => {
    const items = await made("bulk");
    const operations = [...Array(150).keys()].map((at) => ({ operationType: "Create", resourceBody: { id: `${at}`, pk: `p${at % 7}` } }));
    const results = await items.items.executeBulkOperations(operations.map((each) => ({ ...each, partitionKey: each.resourceBody.pk })));
    same(new Set(results.map((each) => each.response?.statusCode)).size, 1);
    same(results[0].response.statusCode, 201);
  },
  "a query within a partition, page by page": async () => {
    const items = await made("queries");
    for (let at = 0; at < 25; at++) await items.items.create({ id: `${at}`, pk: at % 2 ? "odd" : "even", n: at });
    const query = { query: "SELECT c.id, c.n FROM c WHERE c.n >= @from ORDER BY c.n DESC", parameters: [{ name: "@from", value: 3 }] };
    const found = [];
    let token;
    do {
      const page = await items.items.query(query, { partitionKey: "odd", maxItemCount: 4, continuationToken: token }).fetchNext();
      found.push(...page.resources.map((item) => item.n));
      token = page.continuationToken;
    } while (token);
    same(found, [23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3]);
  },
  "queries across partitions: order, top, distinct, aggregates, groups": async () => {
    const items = await made("queries");
    const all = async (text) => (await items.items.query(text, { maxItemCount: 5 }).fetchAll()).resources;
    same((await all("SELECT VALUE c.n FROM c WHERE c.n < 5 ORDER BY c.n")), [0, 1, 2, 3, 4]);
    same(await all("SELECT TOP 3 VALUE c.n FROM c ORDER BY c.n DESC"), [24, 23, 22]);
    same(await all("SELECT VALUE c.n FROM c ORDER BY c.n OFFSET 5 LIMIT 2"), [5, 6]);
    same((await all("SELECT DISTINCT VALUE c.pk FROM c")).sort(), ["even", "odd"]);
    same(await all("SELECT VALUE COUNT(1) FROM c"), [25]);
    same(await all("SELECT VALUE SUM(c.n) FROM c"), [300]);
    same(await all("SELECT VALUE MAX(c.n) FROM c"), [24]);
  },
  "GROUP BY across partitions": async () => {
    const items = await made("queries");
    const { resources } = await items.items.query("SELECT c.pk, COUNT(1) AS many FROM c GROUP BY c.pk").fetchAll();
    same(resources.sort((a, b) => (a.pk < b.pk ? -1 : 1)), [{ pk: "even", many: 13 }, { pk: "odd", many: 12 }]);
  },
  "the change feed, from the beginning and on": async () => {
    const items = await made("changes");
    for (const id of ["1", "2", "3"]) await items.items.create({ id, pk: id });
    const feed = items.items.getChangeFeedIterator({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning(), maxItemCount: 10 });
    const seen = [];
    let token;
    for (let turn = 0; turn < 10 && seen.length < 3; turn++) {
      const page = await feed.readNext();
      token = page.continuationToken;
      if (page.statusCode !== 304) seen.push(...ids(page.result));
    }
    same(seen.sort(), ["1", "2", "3"]);
    await items.items.create({ id: "4", pk: "4" });
    const later = items.items.getChangeFeedIterator({ changeFeedStartFrom: ChangeFeedStartFrom.Continuation(token) });
    const more = [];
    for (let turn = 0; turn < 6; turn++) {
      const page = await later.readNext();
      if (page.statusCode !== 304) more.push(...ids(page.result));
    }
    same(more, ["4"]);
  },
  "hierarchical partition keys": async () => {
    const items = await made("tree", { partitionKey: { paths: ["/a", "/b"], kind: "MultiHash", version: 2 } });
    await items.items.create({ id: "1", a: "x", b: "1" });
    await items.items.create({ id: "2", a: "x", b: "2" });
    same((await items.item("1", ["x", "1"]).read()).resource.id, "1");
    const key = new PartitionKeyBuilder().addValue("x").build();
    const { resources } = await items.items.query("SELECT * FROM c ORDER BY c.id", { partitionKey: key }).fetchAll();
    same(ids(resources), ["1", "2"]);
  },
  "unique keys and time to live": async () => {
    const items = await made("unique", { uniqueKeyPolicy: { uniqueKeys: [{ paths: ["/mail"] }] }, defaultTtl: -1 });
    await items.items.create({ id: "1", pk: "a", mail: "m" });
    await refused(() => items.items.create({ id: "2", pk: "a", mail: "m" }), 409);
    await items.items.create({ id: "3", pk: "a", mail: "n", ttl: 1 });
    await new Promise((resolve) => setTimeout(resolve, 2200));
    same((await items.item("3", "a").read()).statusCode, 404);
  },
  "read all items, databases and containers": async () => {
    const items = await made("queries");
    same((await items.items.readAll({ maxItemCount: 7 }).fetchAll()).resources.length, 25);
    check(ids((await client.databases.readAll().fetchAll()).resources).includes("node"), "databases");
    check(ids((await database.containers.readAll().fetchAll()).resources).includes("queries"), "containers");
  },
  "throughput": async () => {
    const { container } = await database.containers.create({ id: "offered", partitionKey: { paths: ["/pk"] }, throughput: 400 });
    const { resource } = await container.readOffer();
    same(resource.content.offerThroughput, 400);
    await client.offer(resource.id).replace({ ...resource, content: { ...resource.content, offerThroughput: 500 } });
    same((await container.readOffer()).resource.content.offerThroughput, 500);
  },
  "errors: a wrong key, a query that is none": async () => {
    const wrong = new CosmosClient({ endpoint: process.env.COSMOS, key: Buffer.from("wrong").toString("base64") });
    await refused(() => wrong.databases.readAll().fetchAll(), 401);
    const items = await made("queries");
    await refused(() => items.items.query("SELECT FROM", { partitionKey: "odd" }).fetchAll(), 400);
  },
});
