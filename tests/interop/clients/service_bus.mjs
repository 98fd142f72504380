// @azure/service-bus for Node. SERVICEBUS: plain AMQP, SERVICEBUS_TLS: AMQP over TLS, SERVICEBUS_ADMIN: administration.
import { createRequire } from "node:module";
import { check, play, refused, same } from "./played.mjs";

const { ServiceBusAdministrationClient, ServiceBusClient } = createRequire(`${process.env.MODULES}/`)("@azure/service-bus");
const client = new ServiceBusClient(process.env.SERVICEBUS, { retryOptions: { maxRetries: 0, timeoutInMs: 15000 } });
const bodies = (messages) => messages.map((message) => message.body);

async function sent(queue, ...messages) {
  const sender = client.createSender(queue);
  await sender.sendMessages(messages);
  await sender.close();
}

async function received(receiver, count) {
  const found = [];
  while (found.length < count) {
    const batch = await receiver.receiveMessages(count - found.length, { maxWaitTimeInMs: 8000 });
    check(batch.length > 0, `expected ${count} messages, found ${found.length}`);
    found.push(...batch);
  }
  return found;
}

await play({
  "send and receive, and complete": async () => {
    await sent("node-plain", { body: { a: 1 }, messageId: "m1", subject: "s", correlationId: "c", applicationProperties: { n: 5, t: "x", b: true } });
    const receiver = client.createReceiver("node-plain");
    const [message] = await received(receiver, 1);
    same([message.body, message.messageId, message.subject, message.correlationId], [{ a: 1 }, "m1", "s", "c"]);
    same(message.applicationProperties, { n: 5, t: "x", b: true });
    check(message.sequenceNumber.toNumber() === 1 && message.lockedUntilUtc > new Date(), "sequence number and lock");
    await receiver.completeMessage(message);
    same(await receiver.receiveMessages(1, { maxWaitTimeInMs: 300 }), []);
    await receiver.close();
  },
  "send a batch, receive and delete": async () => {
    const sender = client.createSender("node-batch");
    const batch = await sender.createMessageBatch();
    for (let at = 0; at < 20; at++) check(batch.tryAddMessage({ body: `n${at}` }), "batch");
    await sender.sendMessages(batch);
    const receiver = client.createReceiver("node-batch", { receiveMode: "receiveAndDelete" });
    same(bodies(await received(receiver, 20)), [...Array(20).keys()].map((at) => `n${at}`));
    await receiver.close();
  },
  "a message of 200,000 bytes, and one too large": async () => {
    await sent("node-large", { body: "x".repeat(200_000) });
    const receiver = client.createReceiver("node-large");
    const [message] = await received(receiver, 1);
    same(message.body.length, 200_000);
    await receiver.completeMessage(message);
    await refused(() => sent("node-large", { body: "x".repeat(300_000) }), "MessageSizeExceeded");
    await receiver.close();
  },
  "abandon, defer, dead-letter": async () => {
    await sent("node-settle", { body: "one" });
    const receiver = client.createReceiver("node-settle");
    let [message] = await received(receiver, 1);
    await receiver.abandonMessage(message, { seen: "yes" });
    [message] = await received(receiver, 1);
    same([message.deliveryCount, message.applicationProperties.seen], [1, "yes"]);
    await receiver.deferMessage(message);
    [message] = await receiver.receiveDeferredMessages(message.sequenceNumber);
    same(message.body, "one");
    await receiver.deadLetterMessage(message, { deadLetterReason: "why", deadLetterErrorDescription: "because" });
    const dead = client.createReceiver("node-settle", { subQueueType: "deadLetter" });
    [message] = await received(dead, 1);
    same([message.deadLetterReason, message.deadLetterErrorDescription], ["why", "because"]);
    await dead.completeMessage(message);
    await receiver.close();
    await dead.close();
  },
  "peek, renew a lock, schedule and cancel": async () => {
    const sender = client.createSender("node-peek");
    const [number] = await sender.scheduleMessages([{ body: "later" }], new Date(Date.now() + 3_600_000));
    await sender.cancelScheduledMessages(number);
    await sender.scheduleMessages({ body: "soon" }, new Date(Date.now() + 500));
    const receiver = client.createReceiver("node-peek");
    same(bodies(await receiver.peekMessages(5)), ["soon"]);
    const [message] = await received(receiver, 1);
    same(message.body, "soon");
    check((await receiver.renewMessageLock(message)) > new Date(), "renewed");
    await receiver.completeMessage(message);
    await receiver.close();
  },
  "subscribe with a handler, iterate": async () => {
    await sent("node-handler", { body: "a" }, { body: "b" }, { body: "c" });
    const receiver = client.createReceiver("node-handler");
    const seen = [];
    await new Promise((resolve, reject) => {
      receiver.subscribe(
        { processMessage: async (message) => (seen.push(message.body), seen.length === 2 && resolve()), processError: async ({ error }) => reject(error) },
        { maxConcurrentCalls: 1 },
      );
    });
    await receiver.close();
    const again = client.createReceiver("node-handler");
    for await (const message of again.getMessageIterator()) {
      await again.completeMessage(message);
      if (seen.push(message.body) >= 3) break;
    }
    same(seen.slice(0, 2), ["a", "b"]);
    await again.close();
  },
  "a session by id, its state and lock, and the next one": async () => {
    await sent("node-sessions", { body: "1", sessionId: "s1" }, { body: "2", sessionId: "s2" });
    const one = await client.acceptSession("node-sessions", "s1");
    same(one.sessionId, "s1");
    check(one.sessionLockedUntilUtc > new Date(), "locked");
    await one.setSessionState({ step: 1 });
    same(await one.getSessionState(), { step: 1 });
    check((await one.renewSessionLock()) > new Date(), "renewed");
    await refused(() => client.acceptSession("node-sessions", "s1"), "SessionCannotBeLocked");
    const next = await client.acceptNextSession("node-sessions");
    same(next.sessionId, "s2");
    for (const receiver of [one, next]) {
      const [message] = await received(receiver, 1);
      await receiver.completeMessage(message);
      await receiver.close();
    }
  },
  "a topic with filters": async () => {
    await sent("node-topic", { body: "red", applicationProperties: { color: "red" } }, { body: "blue", applicationProperties: { color: "blue" } });
    const all = client.createReceiver("node-topic", "all");
    const red = client.createReceiver("node-topic", "red");
    same(bodies(await received(all, 2)), ["red", "blue"]);
    same(bodies(await received(red, 1)), ["red"]);
    await all.close();
    await red.close();
  },
  "rules over the rule manager": async () => {
    const rules = client.createRuleManager("node-ruled", "ruled");
    await rules.createRule("large", { sqlExpression: "size > 10" });
    await rules.createRule("blue", { applicationProperties: { color: "blue" } });
    await rules.deleteRule("$Default");
    same((await rules.getRules()).map((rule) => rule.name).sort(), ["blue", "large"]);
    await sent("node-ruled", { body: "small", applicationProperties: { size: 1 } }, { body: "large", applicationProperties: { size: 11 } });
    const receiver = client.createReceiver("node-ruled", "ruled");
    same(bodies(await received(receiver, 1)), ["large"]);
    await receiver.close();
  },
  "errors: no such queue, a wrong key": async () => {
    await refused(() => sent("nowhere", { body: "x" }), "MessagingEntityNotFound");
    const wrong = process.env.SERVICEBUS.replace(/SharedAccessKey=[^;]*/, "SharedAccessKey=wrong");
    const other = new ServiceBusClient(wrong, { retryOptions: { maxRetries: 0 } });
    await refused(() => other.createSender("node-plain").sendMessages({ body: "x" }), "Unauthorized");
    await other.close();
  },
  "AMQP over TLS": async () => {
    const secure = new ServiceBusClient(process.env.SERVICEBUS_TLS, { retryOptions: { maxRetries: 0 } });
    await secure.createSender("node-tls").sendMessages({ body: "secret" });
    const receiver = secure.createReceiver("node-tls", { receiveMode: "receiveAndDelete" });
    same(bodies(await received(receiver, 1)), ["secret"]);
    await secure.close();
  },
  "the administration client": async () => {
    const admin = new ServiceBusAdministrationClient(process.env.SERVICEBUS_ADMIN);
    await admin.createQueue("node-made", { lockDuration: "PT30S", requiresSession: false, maxDeliveryCount: 4 });
    const queue = await admin.getQueue("node-made");
    same([queue.lockDuration, queue.maxDeliveryCount], ["PT30S", 4]);
    queue.maxDeliveryCount = 5;
    same((await admin.updateQueue(queue)).maxDeliveryCount, 5);
    await sent("node-made", { body: "x" });
    same((await admin.getQueueRuntimeProperties("node-made")).activeMessageCount, 1);
    await admin.createTopic("node-made-topic");
    await admin.createSubscription("node-made-topic", "sub");
    await admin.createRule("node-made-topic", "sub", "r", { sqlExpression: "a = 1" });
    const rules = [];
    for await (const rule of admin.listRules("node-made-topic", "sub")) rules.push(rule.name);
    same(rules.sort(), ["$Default", "r"]);
    check(await admin.queueExists("node-made"), "exists");
    await admin.deleteQueue("node-made");
    check(!(await admin.queueExists("node-made")), "gone");
  },
});
