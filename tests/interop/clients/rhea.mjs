// rhea for Node: an AMQP 1.0 client of its own family. HOST, PORT, TLS_PORT, KEY_NAME, KEY.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { check, play, same } from "./played.mjs";

const rhea = createRequire(`${process.env.MODULES}/`)("rhea");
const { HOST: host, PORT: port, TLS_PORT, KEY_NAME: username, KEY: password } = process.env;
const plain = { host, port: Number(port), username, password, reconnect: false };

function opened(options = {}) {
  const container = rhea.create_container();
  return new Promise((resolve, reject) => {
    const connection = container.connect({ ...plain, ...options });
    connection.on("connection_open", () => resolve(connection));
    for (const event of ["connection_error", "connection_close", "disconnected"]) connection.on(event, (context) => reject(new Error(`${event} ${context.error ?? context.connection.error ?? ""}`)));
  });
}

const when = (emitter, good, bad = []) => new Promise((resolve, reject) => {
  emitter.once(good, resolve);
  for (const event of bad) emitter.once(event, (context) => reject(Object.assign(new Error(`${event}: ${(context.receiver ?? context.sender)?.error}`), { context })));
});

async function send(connection, target, ...messages) {
  const sender = connection.open_sender(target);
  await when(sender, "sendable", ["sender_error", "sender_close"]);
  const outcomes = messages.map((message) => (sender.send(message), when(sender, "accepted", ["rejected"])));
  await Promise.all(outcomes);
  sender.close();
}

async function receive(connection, source, count, options = {}) {
  const receiver = connection.open_receiver({ source, credit_window: 0, autoaccept: false, ...options });
  await when(receiver, "receiver_open", ["receiver_error"]);
  const found = [];
  const done = new Promise((resolve) => receiver.on("message", (context) => (found.push(context), found.length === count && resolve())));
  receiver.add_credit(count);
  await done;
  return [receiver, found];
}

await play({
  "SASL PLAIN with the name of the key and the key": async () => (await opened()).close(),
  "SASL PLAIN with a wrong key is refused": async () => {
    try {
      await opened({ password: "wrong" });
    } catch {
      return;
    }
    throw new Error("it was accepted");
  },
  "send, receive, accept": async () => {
    const connection = await opened();
    await send(connection, "rhea-plain", { body: "one", message_id: "m1", subject: "s", application_properties: { n: 5, t: "x" } });
    const [receiver, [context]] = await receive(connection, "rhea-plain", 1);
    same([context.message.body, context.message.message_id, context.message.subject], ["one", "m1", "s"]);
    same(context.message.application_properties, { n: 5, t: "x" });
    check(context.message.message_annotations["x-opt-sequence-number"] !== undefined, "sequence number");
    context.delivery.accept();
    receiver.close();
    connection.close();
  },
  "release, modify, reject": async () => {
    const connection = await opened();
    await send(connection, "rhea-settle", { body: "one" });
    let [receiver, [context]] = await receive(connection, "rhea-settle", 1);
    const next = () => (receiver.add_credit(1), when(receiver, "message"));
    context.delivery.release();
    context = await next();
    same(context.message.delivery_count ?? 0, 0);
    context.delivery.modified({ delivery_failed: true });
    context = await next();
    same(context.message.delivery_count, 1);
    context.delivery.reject({ condition: "test", description: "because" });
    receiver.close();
    const [, [dead]] = await receive(connection, "rhea-settle/$deadletterqueue", 1);
    same(dead.message.application_properties.DeadLetterErrorDescription, "because");
    dead.delivery.accept();
    connection.close();
  },
  "several links and sessions on one connection": async () => {
    const connection = await opened();
    const sessions = [connection.create_session(), connection.create_session()];
    sessions.forEach((session) => session.begin());
    await Promise.all(sessions.map((session, at) => send(session, "rhea-many", { body: `${at}` })));
    const [, found] = await receive(sessions[1], "rhea-many", 2);
    same(found.map((context) => context.message.body).sort(), ["0", "1"]);
    found.forEach((context) => context.delivery.accept());
    connection.close();
  },
  "a session by filter": async () => {
    const connection = await opened();
    await send(connection, "rhea-sessions", { body: "mine", group_id: "s1" }, { body: "other", group_id: "s2" });
    const filter = { "com.microsoft:session-filter": "s2" };
    const [receiver, [context]] = await receive(connection, { address: "rhea-sessions", filter }, 1);
    same([context.message.body, context.message.group_id], ["other", "s2"]);
    same(receiver.source.filter["com.microsoft:session-filter"], "s2");
    context.delivery.accept();
    connection.close();
  },
  "credit and drain": async () => {
    const connection = await opened();
    await send(connection, "rhea-drain", { body: "a" }, { body: "b" });
    const receiver = connection.open_receiver({ source: "rhea-drain", credit_window: 0, autoaccept: true });
    await when(receiver, "receiver_open");
    const found = [];
    receiver.on("message", (context) => found.push(context.message.body));
    receiver.drain = true;
    receiver.add_credit(5);
    await when(receiver, "receiver_drained");
    same(found, ["a", "b"]);
    same(receiver.credit, 0);
    connection.close();
  },
  "a message of 200,000 bytes in frames of 4,096": async () => {
    const connection = await opened({ max_frame_size: 4096 });
    await send(connection, "rhea-large", { body: "x".repeat(200_000) });
    const [, [context]] = await receive(connection, "rhea-large", 1);
    same(context.message.body.length, 200_000);
    context.delivery.accept();
    connection.close();
  },
  "no such queue is told as amqp:not-found": async () => {
    const connection = await opened();
    const sender = connection.open_sender("nowhere");
    const context = await when(sender, "sender_error");
    same(context.sender.error.condition, "amqp:not-found");
    connection.close();
  },
  "AMQP over TLS": async () => {
    const ca = [readFileSync(process.env.NODE_EXTRA_CA_CERTS)];
    const connection = await opened({ host: "localhost", port: Number(TLS_PORT), transport: "tls", ca, servername: "localhost" });
    await send(connection, "rhea-tls", { body: "secret" });
    connection.close();
  },
});
