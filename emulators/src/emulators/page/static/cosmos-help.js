// What to do next: connection string, a first program.

import { copyable, h } from "./dom.js";

const program = ({ url, key }) => `from azure.cosmos import CosmosClient, PartitionKey

client = CosmosClient("${url}", credential="${key}")
database = client.create_database_if_not_exists("shop")
orders = database.create_container_if_not_exists("orders", PartitionKey("/customer"))
orders.upsert_item({"id": "1", "customer": "ada"})`;

export function connect(overview) {
  return [
    h("h3", {}, "Connection string"), copyable(overview.connection_string, "the connection string"),
    h("h3", {}, "Python"), copyable(program(overview), "the Python program"),
    h("p", { class: "note" }, "The key opens this emulator and nothing else."),
  ];
}

export function emptyAccount(overview) {
  return h("div", { class: "start" },
    h("h3", {}, "No container exists yet"),
    h("p", {}, "Make a database, a container and an item:"),
    copyable(program(overview), "the Python program"),
    h("p", { class: "note" }, "Or name what shall exist in a topology file: cosmos-emulator --topology FILE"));
}
