import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { feature, report, root } from "../features.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const run = (name, ...given) =>
  promisify(execFile)(`node_modules/.bin/${name}`, given, { cwd: here }).catch((error) => {
    throw new Error(`${name}: ${error.stdout}${error.stderr}`);
  });

await feature("v4-generate", async () => {
  mkdirSync(`${here}/generated`, { recursive: true });
  writeFileSync(`${here}/generated/openapi.json`, await (await fetch(`${root}-/openapi.json`)).text());
  await run("openapi-typescript", "generated/openapi.json", "--output", "generated/openapi.d.ts");
  return "generated";
});
await feature("v4-compile", async () => {
  await run("tsc", "--project", ".");
  writeFileSync(`${here}/built/package.json`, '{"type": "module"}');
  return "compiled strictly";
});
const walk = await import("./built/walk.js"); // what has not been compiled cannot be run
for (const [name, work] of Object.entries(walk.v4(root))) await feature(name, work);
report();
