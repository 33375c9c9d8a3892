import odatajs from "ts-odatajs";
import { feature, refusal, report, root } from "../features.mjs";

const { oData, cache } = odatajs;
const customers = `${root}Customers`;
const ids = (rows) => rows.map((row) => row.id);
let metadata;

/** What a request gives: its data, or an error whose message is that of the service. */
const ask = (request, handler) => new Promise((done, fail) =>
  oData.request(
    typeof request === "string" ? { requestUri: request, recognizeDates: true } : request,
    done,
    ({ response }) => fail(Object.assign(new Error(JSON.parse(response.body).error.message), { status: response.statusCode })),
    handler,
    undefined,
    metadata,
  ));
const list = async (options) => (await ask(`${customers}?${options}`)).value;

await feature("v4-metadata", async () => {
  metadata = await ask(`${root}$metadata`, oData.metadataHandler);
  return metadata.dataServices.schema[0].entityType[0].name;
});
await feature("v4-read", async () => {
  const found = await ask(`${customers}('c01')`);
  return [found.displayName, found.cosmosCreatedDateTimeUTC instanceof Date, found["contractType@odata.type"]];
});
await feature("v4-filter", async () => ids(await list("$filter=contractType eq 1 and countryLetterCode ne 'FR'")));
await feature("v4-sort", async () => ids(await list("$orderby=displayName desc&$top=3")));
await feature("v4-page", async () => {
  const page = await ask(`${customers}?$orderby=id&$skip=3&$top=3&$count=true`);
  return [ids(page.value), page["@odata.count"]];
});
await feature("v4-create", async () => {
  const data = { id: "j-v4", displayName: "Made", contractType: 7 };
  return (await ask({ requestUri: customers, method: "POST", data })).displayName;
});
await feature("v4-update", async () => {
  const found = await ask({ requestUri: `${customers}('j-v4')`, method: "PATCH", data: { displayName: "Changed" } });
  return [found.displayName, found.contractType];
});
await feature("v4-etag", async () => {
  const tag = (await ask(`${customers}('j-v4')`))["@odata.etag"];
  const write = () => ask({ requestUri: `${customers}('j-v4')`, method: "PATCH", headers: { "If-Match": tag }, data: { contractType: 8 } });
  return [(await write()).contractType, await refusal(write(), (error) => error.status)];
});
await feature("v4-batch", async () => {
  const data = {
    __batchRequests: [
      { requestUri: "Customers('c02')", method: "GET" },
      {
        __changeRequests: [
          { requestUri: "Customers", method: "POST", headers: { "Content-ID": "1" }, data: { id: "k-v4", displayName: "Zoë" } },
          { requestUri: "$1", method: "PATCH", headers: { "Content-ID": "2" }, data: { contractType: 9 } },
        ],
      },
      { __changeRequests: [{ requestUri: "Customers('k-v4')", method: "DELETE" }] },
    ],
  };
  const answers = await ask({ requestUri: `${root}$batch`, method: "POST", data }, oData.batch.batchHandler);
  const [read, { __changeResponses: changes }] = answers.__batchResponses;
  return [read.data.displayName, changes.map((change) => [change.data.displayName, change.data.contractType])];
});
await feature("v4-delete", async () => {
  await ask({ requestUri: `${customers}('j-v4')`, method: "DELETE" });
  return refusal(ask(`${customers}('j-v4')`), (error) => error.status);
});
await feature("v4-error", async () => refusal(list("$filter=nme eq 'x'")));
// The cache is written for browsers: it looks for the timers of a window.
globalThis.window = globalThis;
await feature("v4-total", async () => {
  const pages = cache.createDataCache({ name: "customers", source: `${customers}?$orderby=id`, pageSize: 5, mechanism: "memory" });
  const range = await new Promise((done, fail) => pages.readRange(3, 4).then(done, fail));
  return [ids(range.value), await new Promise((done, fail) => pages.count().then(done, fail))];
});
report();
