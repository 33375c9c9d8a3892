// What a client was seen to do, feature by feature: as one JSON object on standard output, or posted by a page.

const page = globalThis.document;
const seen = {};

/** Records what the work of a feature gives; a failure is recorded as its message, and the next feature goes on. */
export async function feature(name, work) {
  try {
    seen[name] = (await work()) ?? null;
  } catch (error) {
    seen[name] = { failed: String(error?.stack ?? error?.message ?? error).slice(0, 400) };
  }
}

/** What a message says is wrong, without the place of it and what else there is. */
export const fault = (message) => message.split(/ \(at|\. It declares/)[0];

/** Whether what a promise waits for fails, and with which message. */
export async function refusal(promise, message = (error) => fault(error.message)) {
  try {
    await promise;
  } catch (error) {
    return message(error);
  }
  return "nothing was refused";
}

/** What a page shows, once it is something, and not what it was before an act, and stays so. */
export async function changed(shown, act) {
  const before = JSON.stringify(shown());
  await act();
  return steady(shown, (text) => text !== before && text !== "[]");
}

/** What a page shows, once it is as wanted, and the same in two looks; what it shows after ten seconds else. */
export async function steady(shown, wanted = () => true) {
  let last;
  for (let look = 0; look < 200; look++) {
    await new Promise((later) => setTimeout(later, 50));
    const text = JSON.stringify(shown());
    if (text === last && wanted(text)) break;
    last = text;
  }
  return shown();
}

export async function report() {
  const text = JSON.stringify(seen);
  if (page) await fetch("/report", { method: "POST", body: text });
  else process.stdout.write(`${text}\n`);
}

for (const kind of page ? ["error", "unhandledrejection"] : []) {
  globalThis.addEventListener(kind, async (event) => {
    await feature(kind, () => Promise.reject(event.reason ?? event.error ?? event.message));
    await report();
  });
}

/** The service root that the script was called with: V4's, and V2's below it. */
export const root = page ? new URLSearchParams(location.search).get("root") : process.argv[2];
export const v2 = `${root}v2/`;
