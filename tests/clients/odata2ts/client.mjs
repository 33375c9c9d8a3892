import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { feature, report, root, v2 } from "../features.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const run = (name, ...given) =>
  promisify(execFile)(`node_modules/.bin/${name}`, given, { cwd: here }).catch((error) => {
    throw new Error(`${name}: ${error.stdout}${error.stderr}`);
  });

mkdirSync(`${here}/generated`, { recursive: true });
for (const [version, url] of [["v4", root], ["v2", v2]]) {
  await feature(`${version}-generate`, async () => {
    const answer = await fetch(`${url}$metadata`);
    writeFileSync(`${here}/generated/${version}.xml`, await answer.text());
    await run("odata2ts", "--source", `generated/${version}.xml`, "--output", `generated/${version}`, "--emit-mode", "ts", "--mode", "service");
    return "generated";
  });
}
await feature("v4-compile", async () => {
  await run("tsc", "--project", ".");
  return "compiled strictly";
});
const walk = createRequire(import.meta.url)("./built/walk.js"); // what has not been compiled cannot be run
for (const [name, work] of Object.entries({ ...walk.v4(root), ...walk.v2(root) })) await feature(name, work);
report();
