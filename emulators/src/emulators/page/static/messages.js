// Tables of messages and of sessions.

import { h, table } from "./dom.js";
import { exactly, number, plural, size, when } from "./format.js";

const EMPTY = {
  active: "No message waits here.",
  locked: "No message is locked.",
  dead: "No dead letters. Messages end here when they are dead-lettered, delivered too often or expire.",
  scheduled: "Nothing is scheduled.",
  deferred: "Nothing is deferred.",
  transfer: "Everything that was to be forwarded was.",
};

export function messagesTable(detail, now, expanded) {
  const { shelf, messages, scanned } = detail;
  if (!messages.length) {
    const seen = `Nothing found in the first ${plural(scanned, "message")}.`;
    return h("p", { class: "empty" }, scanned ? seen : EMPTY[shelf]);
  }
  return [
    table({
      caption: `Messages of ${detail.row.name}: ${shelf}`,
      key: (row) => row.sequence,
      rows: messages,
      columns: columnsOf(shelf, now, expanded),
      more: (row) => (expanded.has(String(row.sequence)) ? whole(row) : null),
    }),
    h("p", { class: "note" }, `${plural(messages.length, "message")} shown. A look locks nothing and counts as no delivery.`),
  ];
}

function columnsOf(shelf, now, expanded) {
  const time = (title, name) => ({ title, of: (row) => moment(row[name], now) });
  return [
    { title: "Number", of: (row) => expander(row, expanded) },
    shelf === "active" ? { title: "State", of: (row) => badge(row, now) } : null,
    shelf === "dead" || shelf === "transfer" ? { title: "Reason", of: (row) => h("b", { class: "bad" }, row.reason || "none given") } : null,
    { title: "Message", wide: true, of: gist },
    { title: "Session", of: (row) => row.session ?? h("span", { class: "none" }, "–") },
    shelf === "scheduled" ? time("Due", "due_at") : time("Enqueued", "enqueued_at"),
    shelf === "locked" ? time("Lock ends", "locked_until") : null,
    { title: "Deliveries", number: true, of: (row) => number(row.deliveries) },
    { title: "Size", number: true, of: (row) => size(row.size) },
  ].filter(Boolean);
}

function expander(row, expanded) {
  const open = expanded.has(String(row.sequence));
  return h("button", { type: "button", class: "expander", "data-do": "expand", "data-sequence": row.sequence, "aria-expanded": String(open) },
    String(row.sequence));
}

function badge(row, now) {
  const until = row.locked_until ? ` ${when(row.locked_until, now)}` : "";
  return h("span", { class: `badge ${row.state}`, title: until ? `lock ends${until}` : null }, row.state);
}

function gist(row) {
  const title = row.system.subject ?? row.system["message id"] ?? "";
  return h("div", { class: "clamp" },
    title ? h("b", {}, title) : null, h("span", { class: "gist" }, row.body.text.slice(0, 200).replace(/\s+/g, " ")));
}

function moment(at, now) {
  return at ? h("time", { datetime: new Date(at).toISOString(), title: exactly(at) }, when(at, now)) : h("span", { class: "none" }, "–");
}

function whole(row) {
  const pairs = (entries) => Object.entries(entries).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
  const times = { "enqueued at": row.enqueued_at, "due at": row.due_at, "expires at": row.expires_at, "locked until": row.locked_until };
  const known = Object.fromEntries(Object.entries(times).filter(([, at]) => at).map(([name, at]) => [name, exactly(at)]));
  const reason = row.reason === undefined ? {} : { reason: row.reason, description: row.why };
  return h("div", { class: "whole" },
    h("dl", { class: "pairs" }, pairs({ ...reason, ...row.system, ...known })),
    Object.keys(row.properties).length ? h("dl", { class: "pairs own", "aria-label": "Application properties" }, pairs(row.properties)) : null,
    row.broken ? h("p", { class: "bad" }, `Can't be decoded: ${row.broken}`) : null,
    h("pre", { tabindex: "0", "aria-label": "Body" }, row.body.text || "(empty body)"),
    h("p", { class: "note" }, `${row.body.format}, ${size(row.body.size)}${row.body.cut ? ", cut" : ""}`));
}

export function sessionsTable(sessions, now) {
  if (!sessions.length) return h("p", { class: "empty" }, "No session: they come and go with their messages and states.");
  return table({
    caption: "Sessions, held ones first",
    key: (row) => row.id,
    rows: sessions,
    columns: [
      { title: "Session", of: (row) => row.id || "(empty)" },
      { title: "Waiting", number: true, of: (row) => number(row.waiting) },
      { title: "Unsettled", number: true, of: (row) => number(row.unsettled) },
      { title: "Held by", wide: true, of: (row) => (row.holder ? h("code", {}, row.holder) : h("span", { class: "none" }, "nobody")) },
      { title: "Lock ends", of: (row) => moment(row.locked_until, now) },
      { title: "State", number: true, of: (row) => (row.state_bytes === null ? h("span", { class: "none" }, "–") : size(row.state_bytes)) },
    ],
  });
}
