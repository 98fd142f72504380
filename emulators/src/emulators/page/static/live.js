// Asks again and again while somebody looks, and tells when the endpoint is gone.

const PAUSE = 1000;
const PATIENCE = 5000;

export class Gone extends Error {}

export async function ask(path, parameters) {
  const query = new URLSearchParams(Object.entries(parameters ?? {}).filter(([, value]) => value));
  let response;
  try {
    response = await fetch(`${path.startsWith("/") ? path : `/_page/${path}`}?${query}`, { signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new Gone(`The emulator at ${location.host} does not answer. Has it been stopped? This page goes on by itself once it is back.`);
  }
  const answer = await response.json().catch(() => ({ error: `HTTP ${response.status}` }));
  if (!response.ok) throw new Error(answer.error ?? `HTTP ${response.status}`);
  return answer;
}

// Calls `once` every second as long as the page is visible; `tell` hears "live", "paused" or "gone", and a text.
export function live(once, tell) {
  let busy = false;
  let again = false;
  const tick = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      if (document.hidden) {
        tell("paused", "Paused");
      } else {
        await once();
        tell("live", "Live");
      }
    } catch (cause) {
      tell(cause instanceof Gone ? "gone" : "wrong", cause.message);
    } finally {
      busy = false;
      if (again) {
        again = false;
        queueMicrotask(tick);
      }
    }
  };
  setInterval(tick, PAUSE);
  document.addEventListener("visibilitychange", tick);
  tick();
  return tick;
}

// What is chosen lives in the address after `#`, so that it can be kept and shared.
export const chosen = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

export function choose(changes) {
  const now = { ...chosen(), ...changes };
  const kept = Object.entries(now).filter(([, value]) => value);
  history.replaceState(null, "", `#${new URLSearchParams(kept)}`);
}

export function tellState(element, banner) {
  return (state, text) => {
    element.dataset.state = state;
    const word = { live: "Live", paused: "Paused", gone: "Not reachable", wrong: "Error" }[state];
    if (element.textContent !== word) element.textContent = word;
    const trouble = state === "gone" || state === "wrong";
    banner.hidden = !trouble;
    if (trouble) banner.textContent = text;
  };
}
