// Plays capabilities one after the other and prints a line of JSON for each.
const SECONDS = 30;

export function check(condition, text) {
  if (!condition) throw new Error(text);
}

export function same(found, expected, text = "") {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${text} expected ${other}, found ${one}`);
}

export async function refused(attempt, sign) {
  try {
    await attempt();
  } catch (error) {
    const told = `${error.code ?? ""} ${error.condition ?? ""} ${error.name} ${error.message}`;
    check(told.includes(String(sign)), `expected an error with ${sign}, found ${told}`);
    return error;
  }
  throw new Error(`expected an error with ${sign}, but it went well`);
}

export async function play(capabilities) {
  for (const [name, act] of Object.entries(capabilities)) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`nothing happened for ${SECONDS} seconds`)), SECONDS * 1000);
    });
    try {
      await Promise.race([act(), late]);
      console.log(JSON.stringify({ name, passed: true, detail: "" }));
    } catch (error) {
      console.log(JSON.stringify({ name, passed: false, detail: `${error.code ?? error.name}: ${error.message}`.slice(0, 300) }));
    } finally {
      clearTimeout(timer);
    }
  }
  process.exit(0);
}
