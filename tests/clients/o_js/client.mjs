import buildQuery from "odata-query";
import { o } from "odata";
import { fault, feature, refusal, report, root } from "../features.mjs";

const service = () => o(root, { rootUrl: root });
const rows = (query) => service().get(`Customers${buildQuery(query)}`).query();
const ids = async (query) => (await rows(query)).map((row) => row.id);
const one = "Customers('p-v4')";

await feature("v4-read", async () => (await service().get("Customers('c01')").query({ $select: "displayName" })).displayName);
await feature("v4-filter", async () => ids({ filter: { contractType: 1, countryLetterCode: { ne: "FR" } } }));
await feature("v4-contains", async () =>
  ids({ filter: { displayName: { contains: "Name 1" }, not: { contractType: 1 } }, orderBy: "id" }));
await feature("v4-set", async () => ids({ filter: { id: { in: ["c02", "c05"] } } }));
await feature("v4-dates", async () => ids({ filter: { cosmosCreatedDateTimeUTC: { gt: new Date("2024-01-10T10:00:00Z") } } }));
await feature("v4-sort", async () => ids({ orderBy: ["displayName desc"], top: 3 }));
await feature("v4-page", async () => {
  const answer = await service().get(`Customers${buildQuery({ orderBy: "id", skip: 3, top: 3, count: true })}`).fetch();
  const page = await answer.json();
  return [page.value.map((row) => row.id), page["@odata.count"]];
});
await feature("v4-count", async () => service().get(`Customers${buildQuery({ count: { contractType: 1 } })}`).query());
await feature("v4-search", async () => ids({ search: '"Name 4"' }));
await feature("v4-aggregate", async () => {
  const transform = [
    { filter: { countryLetterCode: "DE" } },
    { groupBy: { properties: ["countryLetterCode"], transform: [{ aggregate: { contractType: { with: "sum", as: "sum" } } }] } },
  ];
  return (await rows({ transform })).map((row) => [row.countryLetterCode, row.sum]);
});
await feature("v4-create", async () =>
  (await service().post("Customers", { id: "p-v4", displayName: "Made", contractType: 7 }).query()).displayName);
await feature("v4-update", async () => {
  const found = await service().patch(one, { displayName: "Changed" }).query();
  return [found.displayName, found.contractType];
});
await feature("v4-batch", async () => {
  const batch = service().get("Customers('c02')").patch(one, { contractType: 8 }).get("Customers('none')");
  return (await batch.batch()).map((answer) => [answer.status, answer.body.displayName ?? answer.body.error.code]);
});
await feature("v4-delete", async () => {
  await service().delete(one).query();
  return refusal(service().get(one).query(), (answer) => answer.status);
});
await feature("v4-error", async () => {
  const answer = await rows({ filter: { nme: "x" } }).catch((refused) => refused.json());
  return fault(answer.error.message);
});
report();
