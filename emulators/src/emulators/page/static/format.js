// Numbers, sizes and times as people read them.

const NUMBER = new Intl.NumberFormat("en");

export const number = (value) => NUMBER.format(value);

export const plural = (count, thing) => `${number(count)} ${thing}${count === 1 ? "" : "s"}`;

export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

export function rate(value) {
  return value >= 100 ? number(Math.round(value)) : value.toFixed(value >= 10 ? 0 : 1);
}

export function span(milliseconds) {
  const seconds = Math.abs(milliseconds) / 1000;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

export function when(at, now) {
  return at > now ? `in ${span(at - now)}` : `${span(now - at)} ago`;
}

export const exactly = (at) => new Date(at).toISOString().replace("T", " ").replace("Z", " UTC");
