import library from "@sap_oss/odata-library";
import { fault, feature, refusal, report, v2 } from "../features.mjs";

const service = new library.Service({ url: v2, auth: { type: "none" }, strict: false });
const key = { id: "n-v2" };
const customers = () => service.entitySets.Customers;
const told = (error) => JSON.parse(error.message.slice(error.message.indexOf("{"))).error;
const ids = async (asked) => (await asked.get()).map((row) => row.id);

await feature("v2-metadata", async () => {
  await service.init;
  return Object.keys(service.entitySets);
});
await feature("v2-read", async () => (await customers().get({ id: "c01" })).displayName);
await feature("v2-filter", async () => ids(customers().filter("contractType eq 1 and countryLetterCode ne 'FR'")));
await feature("v2-sort", async () => ids(customers().orderby("displayName desc").top(3)));
await feature("v2-page", async () => ids(customers().orderby("id").skip(3).top(3)));
await feature("v2-select", async () => (await customers().select("displayName").get({ id: "c04" })).displayName);
await feature("v2-search", async () => ids(customers().search("Name 4")));
await feature("v2-count", async () => customers().count());
await feature("v2-create", async () => (await customers().post({ ...key, displayName: "Made", contractType: 7 })).displayName);
await feature("v2-update", async () => {
  await customers().merge({ ...key, displayName: "Changed" });
  const found = await customers().get(key);
  return [found.displayName, found.contractType];
});
await feature("v2-batch", async () => {
  const batch = service.createBatch();
  service.createChangeSet(batch);
  customers().post({ id: "nn-v2", displayName: "Zoë" });
  customers().merge({ ...key, contractType: 8 });
  service.commitChangeSet(batch);
  customers().get({ id: "c02" });
  const answers = (await service.sendBatch(batch)).flat();
  await customers().delete({ id: "nn-v2" });
  return [answers.find((row) => row?.id === "c02").displayName, (await customers().get(key)).contractType];
});
await feature("v2-delete", async () => {
  await customers().delete(key);
  return refusal(customers().get(key), (error) => told(error).code);
});
await feature("v2-error", async () =>
  refusal(customers().filter("nme eq 'x'").get(), (error) => fault(told(error).message.value)));
report();
process.exit(0);
