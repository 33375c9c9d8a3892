import { createRequire } from "node:module";
import { feature, refusal, report, root, v2 } from "../features.mjs";

const load = createRequire(import.meta.url);
// Node has no XMLHttpRequest, which browsers have.
const XMLHttpRequest = load("xhr2");
load("devextreme/core/http_request").inject({ getXhr: () => Object.assign(new XMLHttpRequest(), { withCredentials: false }) });
const ODataStore = load("devextreme/data/odata/store");
const DataSource = load("devextreme/data/data_source");

async function walk(version, url) {
  const shown = { version: version === "v4" ? 4 : 2, url: `${url}Customers`, key: "id", keyType: "String" };
  const store = new ODataStore(shown);
  const ids = (rows) => rows.map((row) => row.id);
  await feature(`${version}-read`, async () => (await store.byKey("c01")).displayName);
  await feature(`${version}-filter`, async () =>
    ids(await store.load({ filter: [["contractType", "=", 1], "and", ["countryLetterCode", "<>", "FR"]] })));
  await feature(`${version}-contains`, async () =>
    ids(await store.load({ filter: [["displayName", "contains", "NAME 1"], "and", ["!", ["contractType", "=", 1]]], sort: "id" })));
  await feature(`${version}-sort`, async () => ids(await store.load({ sort: [{ selector: "displayName", desc: true }], take: 3 })));
  await feature(`${version}-page`, async () => {
    const source = new DataSource({ store, sort: "id", pageSize: 3, requireTotalCount: true });
    source.pageIndex(1);
    return [ids(await source.load()), source.totalCount()];
  });
  await feature(`${version}-count`, async () => store.totalCount({}));
  await feature(`${version}-create`, async () =>
    (await store.insert({ id: `d-${version}`, displayName: "Made", contractType: 7 })).displayName ?? "made");
  await feature(`${version}-update`, async () => {
    await store.update(`d-${version}`, { displayName: "Changed" });
    const found = await store.byKey(`d-${version}`);
    return [found.displayName, found.contractType];
  });
  await feature(`${version}-delete`, async () => {
    await store.remove(`d-${version}`);
    return refusal(store.byKey(`d-${version}`), (error) => error.httpStatus);
  });
  await feature(`${version}-error`, async () => refusal(store.load({ filter: ["nme", "=", "x"] })));
}

await walk("v4", root);
await walk("v2", v2);
report();
process.exit(0);
