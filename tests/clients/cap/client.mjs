import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fault, feature, refusal, report, root, v2 } from "../features.mjs";

const project = `${dirname(fileURLToPath(import.meta.url))}/generated`;
const importer = createRequire(import.meta.url).resolve("@sap/cds-dk/bin/cds.js");

mkdirSync(project, { recursive: true });
writeFileSync(`${project}/package.json`, "{}");
for (const [version, url] of [["v4", root], ["v2", v2]]) {
  await feature(`${version}-metadata`, async () => {
    writeFileSync(`${project}/${version}.edmx`, await (await fetch(`${url}$metadata`)).text());
    await promisify(execFile)("node", [importer, "import", `${version}.edmx`, "--as", "cds", "--force"], { cwd: project });
    return "imported";
  });
}
process.chdir(project);
const { default: cds } = await import("@sap/cds");
const { SELECT, INSERT, UPDATE, DELETE } = cds.ql;
cds.model = cds.linked(await cds.load(["srv/external/v4", "srv/external/v2"]));

async function walk(version, url) {
  const service = await cds.connect.to(version, { credentials: { url } });
  const { Customers } = service.entities;
  const ids = async (query) => (await service.run(query)).map((row) => row.id);
  const one = async (key) => service.run(SELECT.one.from(Customers, key));
  await feature(`${version}-read`, async () => (await one("c01")).displayName);
  await feature(`${version}-filter`, async () =>
    ids(SELECT.from(Customers).where({ contractType: 1, countryLetterCode: { "!=": "FR" } }).orderBy("id")));
  await feature(`${version}-contains`, async () => ids(SELECT.from(Customers).where`contains(displayName, ${"Name 1"})`.orderBy("id")));
  await feature(`${version}-set`, async () => ids(SELECT.from(Customers).where({ id: { in: ["c02", "c05"] } }).orderBy("id")));
  await feature(`${version}-dates`, async () =>
    ids(SELECT.from(Customers).where({ cosmosCreatedDateTimeUTC: { ">": "2024-01-10T10:00:00Z" } }).orderBy("id")));
  await feature(`${version}-sort`, async () => ids(SELECT.from(Customers).orderBy("displayName desc").limit(3)));
  await feature(`${version}-page`, async () => ids(SELECT.from(Customers).orderBy("id").limit(3, 3)));
  await feature(`${version}-select`, async () => (await service.run(SELECT.from(Customers).columns("displayName").where({ id: "c04" })))[0].displayName);
  await feature(`${version}-search`, async () => ids(SELECT.from(Customers).search("Name 4")));
  await feature(`${version}-create`, async () =>
    (await service.run(INSERT.into(Customers).entries({ id: `q-${version}`, displayName: "Made", contractType: 7 }))).displayName);
  await feature(`${version}-update`, async () => {
    await service.run(UPDATE(Customers, `q-${version}`).with({ displayName: "Changed" }));
    const found = await one(`q-${version}`);
    return [found.displayName, found.contractType];
  });
  await feature(`${version}-delete`, async () => {
    await service.run(DELETE.from(Customers).where({ id: `q-${version}` }));
    return refusal(one(`q-${version}`), (error) => error.reason.response.status);
  });
  await feature(`${version}-error`, async () =>
    refusal(service.get("/Customers?$filter=nme eq 'x'"), (error) => fault(error.message.split(": ")[1])));
}

await walk("v4", root);
await walk("v2", v2);
report();
process.exit(0);
