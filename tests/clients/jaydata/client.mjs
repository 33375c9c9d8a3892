import { createRequire } from "node:module";
import { feature, refusal, report, root } from "../features.mjs";

const load = createRequire(import.meta.url);
const $data = load("jaydata/core");
load("jaydata/odata");
let context;

const customers = () => context.Customers;
const ids = async (rows) => (await rows.toArray()).map((row) => row.id);
const one = async (key) => (await customers().filter("it.id == this.key", { key }).toArray())[0];

await feature("v4-metadata", async () => {
  context = await $data.initService(root.slice(0, -1));
  return customers().elementType.fullName;
});
await feature("v4-read", async () => (await customers().find("c01")).displayName);
await feature("v4-filter", async () =>
  ids(customers().filter((it) => it.contractType == 1 && it.countryLetterCode != "FR")));
await feature("v4-contains", async () =>
  ids(customers().filter("it.displayName.toLowerCase().contains('name 1') && !it.displayName.endsWith('1')").orderBy("it.id")));
await feature("v4-set", async () => ids(customers().filter("it.contractType in this.kinds", { kinds: [1, 2] }).orderBy("it.id")));
await feature("v4-dates", async () =>
  ids(customers().filter("it.cosmosCreatedDateTimeUTC > this.day", { day: new Date("2024-01-10T10:00:00Z") }).orderBy("it.id")));
await feature("v4-sort", async () => ids(customers().orderByDescending("it.displayName").take(3)));
await feature("v4-page", async () => {
  const page = await customers().withInlineCount().orderBy("it.id").skip(3).take(3).toArray();
  return [page.map((row) => row.id), page.totalCount];
});
await feature("v4-count", async () => customers().filter("it.contractType == 1").length());
await feature("v4-select", async () => customers().filter("it.id == 'c04'").map("{ key: it.id, name: it.displayName }").toArray());
await feature("v4-create", async () => {
  const made = customers().add({ id: "y-v4", displayName: "Made", contractType: 7 });
  return [await context.saveChanges(), made.displayName];
});
await feature("v4-update", async () => {
  const found = customers().attachOrGet(await one("y-v4"));
  found.displayName = "Changed";
  await context.saveChanges();
  const again = await one("y-v4");
  return [again.displayName, again.contractType];
});
await feature("v4-batch", async () => {
  ["z-v4", "zz-v4"].forEach((id) => customers().add({ id, displayName: "New" }));
  const made = await context.saveChanges();
  for (const key of ["z-v4", "zz-v4"]) customers().remove(await one(key));
  return [made, await context.saveChanges(), (await one("z-v4")) === undefined];
});
await feature("v4-delete", async () => {
  customers().remove(await one("y-v4"));
  await context.saveChanges();
  return (await ids(customers().filter("it.id == 'y-v4'"))).length;
});
await feature("v4-error", async () => {
  customers().add({ id: "c01", displayName: "Again" });
  return refusal(context.saveChanges());
});
report();
