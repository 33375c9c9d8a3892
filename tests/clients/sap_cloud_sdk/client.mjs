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

mkdirSync(`${here}/specs`, { recursive: true });
for (const [version, url] of [["v4", root], ["v2", v2]]) {
  const answer = await fetch(`${url}$metadata`);
  writeFileSync(`${here}/specs/customers-${version}.edmx`, await answer.text());
}
await feature("v4-generate", async () => {
  await run("generate-odata-client", "--input", "specs", "--outputDir", "generated", "--overwrite", "--clearOutputDir");
  return "generated";
});
await feature("v4-compile", async () => {
  await run("tsc", "--project", ".");
  return "compiled strictly";
});
const walk = createRequire(import.meta.url)("./built/walk.js"); // what has not been compiled cannot be run
for (const [name, work] of Object.entries({ ...walk.v4(root), ...walk.v2(root) })) await feature(name, work);
report();
