// What to do next: connection string, a first program, first entities.

import { copyable, h } from "./dom.js";

const program = (connection) => `from azure.servicebus import ServiceBusClient, ServiceBusMessage

CONNECTION = "${connection}"
with ServiceBusClient.from_connection_string(CONNECTION) as client:
    with client.get_queue_sender("orders") as sender:
        sender.send_messages(ServiceBusMessage("hello"))`;

export function connect({ connection_string: connection, admin_connection_string: admin }) {
  return [
    h("h3", {}, "Connection string"), copyable(connection, "the connection string"),
    h("h3", {}, "Python"), copyable(program(connection), "the Python program"),
    admin ? [h("h3", {}, "Administration client, over TLS"), copyable(admin, "its connection string")] : null,
    h("p", { class: "note" }, "The key opens this emulator and nothing else."),
  ];
}

export function emptyEntities(connection) {
  return h("div", { class: "start" },
    h("h3", {}, "Nothing exists yet"),
    h("p", {}, "Start the emulator with a queue, or with a topology file that names all entities:"),
    copyable("servicebus-emulator --queue orders", "the command"),
    h("p", {}, "or make entities with the administration client (--admin-port). Then send the first message:"),
    copyable(program(connection), "the Python program"));
}
