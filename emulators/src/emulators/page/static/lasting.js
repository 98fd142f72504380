// Durations and times, which the collector tells in microseconds, as people read them.

export function lasting(microseconds) {
  const ms = microseconds / 1000;
  if (ms < 1) return microseconds > 0 ? `${Math.round(microseconds)} µs` : "< 1 ms";
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  return long(Math.round(seconds));
}

function long(seconds) {
  const parts = [[Math.floor(seconds / 86400), "d"], [Math.floor(seconds / 3600) % 24, "h"], [Math.floor(seconds / 60) % 60, "min"], [seconds % 60, "s"]];
  const first = parts.findIndex(([value]) => value);
  return parts.slice(first, first + 2).filter(([value]) => value).map(([value, unit]) => `${value} ${unit}`).join(" ");
}

const DAY = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });
const TIME = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

export function clock(microseconds) {
  const at = new Date(microseconds / 1000);
  return `${DAY.format(at)}, ${TIME.format(at)}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

export const percent = (part) => `${(part * 100).toFixed(part > 0 && part < 0.1 ? 1 : 0)} %`;

// Round values from nothing to the whole, at most as many as `most`.
export function ticks(whole, most = 8) {
  if (whole <= 0) return [0];
  const steps = [1, 2, 5].flatMap((lead) => Array.from({ length: 13 }, (_, power) => lead * 10 ** power));
  const minutes = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400, 172800, 604800].map((each) => each * 1e6);
  const every = [...steps.filter((each) => each < 60e6), ...minutes].sort((a, b) => a - b).find((each) => whole / each <= most) ?? whole;
  return Array.from({ length: Math.floor(whole / every) + 1 }, (_, at) => at * every);
}
