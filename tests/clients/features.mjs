// What a client was seen to do, feature by feature, as one JSON object on standard output.

const seen = {};

/** Records what the work of a feature gives; a failure is recorded as its message, and the next feature goes on. */
export async function feature(name, work) {
  try {
    seen[name] = (await work()) ?? null;
  } catch (error) {
    seen[name] = { failed: String(error?.stack ?? error?.message ?? error).slice(0, 400) };
  }
}

/** Whether what a promise waits for fails, and with which message. */
export async function refusal(promise, message = (error) => error.message.split(" (at")[0]) {
  try {
    await promise;
  } catch (error) {
    return message(error);
  }
  return "nothing was refused";
}

export function report() {
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}

/** The service root that the script was called with: V4's, and V2's below it. */
export const root = process.argv[2];
export const v2 = `${root}v2/`;
