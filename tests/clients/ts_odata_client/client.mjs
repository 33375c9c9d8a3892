import { createRequire } from "node:module";
import { feature, refusal, report, root } from "../features.mjs";

const { ODataQuery, ODataV4Context } = createRequire(import.meta.url)("ts-odata-client");
const catalogue = process.argv[3];

class Service extends ODataV4Context {
  get customers() {
    return this.createQuery("Customers");
  }
}

const { customers } = new Service(root);
const products = ODataQuery.forV4(`${catalogue}Products`);
const small = ODataQuery.forV4(`${root}Customers`, { requestInit: () => ({ headers: { Prefer: "odata.maxpagesize=5" } }) });
const ids = async (query) => (await query.getManyAsync()).value.map((row) => row.id);

await feature("v4-read", async () => (await customers.getAsync("c01")).displayName);
await feature("v4-filter", async () =>
  ids(customers.filter((row) => row.countryLetterCode.$equals("FR").and(row.displayName.$contains("1")).and(row.domain.$equals(null)))));
await feature("v4-numbers", async () => ids(customers.filter((row) => row.contractType.$greaterThanOrEqualTo(3))));
await feature("v4-starts", async () =>
  ids(customers.filter((row, { and, not }) => and(row.displayName.$startsWith("Name 1"), not(row.displayName.$endsWith("2"))))));
await feature("v4-set", async () => ids(customers.filter((row, { or }) => or(row.id.$in(["c02", "c05"]), row.id.$equals("c09")))));
await feature("v4-dates", async () => ids(customers.filter((row) => row.cosmosCreatedDateTimeUTC.$greaterThan(new Date("2024-01-10T10:00:00Z")))));
await feature("v4-sort", async () => ids(customers.orderByDescending((row) => row.displayName).orderBy((row) => row.id).top(3)));
await feature("v4-page", async () => ids(customers.orderBy((row) => row.id).skip(5).top(3)));
await feature("v4-next link", async () => {
  const first = await small.getManyAsync();
  const second = await first.next();
  return [first.value.length, second.value.length, second.value[0].id];
});
await feature("v4-iterator", async () => {
  const seen = [];
  for await (const row of small) seen.push(row.id);
  return seen.length;
});
await feature("v4-total", async () => (await customers.top(1).getManyWithCountAsync())["@odata.count"]);
await feature("v4-select", async () => (await customers.select((row) => ({ name: row.displayName })).top(1).getManyAsync()).value);
await feature("v4-along", async () => {
  const found = products.filter((row) => row.Descriptions.$any((one) => one.LanguageKey.$equals("DE"))).expand("Category");
  const { value } = await found.getManyAsync();
  return value.map((row) => [row.Name, row.Category.Name]);
});
await feature("v4-error", () =>
  refusal(customers.filter((row) => row.nme.$equals("x")).getManyAsync(), (error) => JSON.parse(error.message).error.code));
report();
