import { fault, feature, refusal, report, v2 } from "../features.mjs";

const { OData, datajs } = window;
const customers = `${v2}Customers`;
const ids = (rows) => rows.map((row) => row.id);
let metadata;

/** What a request gives: its data, or an error whose message is that of the service. */
const ask = (request, handler) => new Promise((done, fail) =>
  OData.request(
    typeof request === "string" ? { requestUri: request } : request,
    done,
    ({ response }) => fail(Object.assign(new Error(response.body), { status: response.statusCode })),
    handler,
    undefined,
    metadata,
  ));
const list = async (options) => (await ask(`${customers}?${options}`)).results;

async function walk(version, headers) {
  const one = `${customers}('j-${version}')`;
  await feature(`${version}-read`, async () => (await ask({ requestUri: `${customers}('c01')`, headers })).displayName);
  await feature(`${version}-page`, async () => {
    const page = await ask({ requestUri: `${customers}?$orderby=id&$skip=3&$top=3&$inlinecount=allpages`, headers });
    return [ids(page.results), Number(page.__count)];
  });
  await feature(`${version}-create`, async () => {
    const data = { id: `j-${version}`, displayName: "Made", contractType: 7, cosmosCreatedDateTimeUTC: new Date("2024-02-01T10:00:00Z") };
    const made = await ask({ requestUri: customers, method: "POST", headers, data });
    return [made.displayName, made.contractType, made.cosmosCreatedDateTimeUTC.toISOString()];
  });
  await feature(`${version}-update`, async () => {
    await ask({ requestUri: one, method: "MERGE", headers, data: { displayName: "Changed" } });
    const found = await ask(one);
    return [found.displayName, found.contractType];
  });
  await feature(`${version}-etag`, async () => {
    const { __metadata } = await ask(one);
    const write = (tag) => ask({ requestUri: one, method: "MERGE", headers: { ...headers, "If-Match": tag }, data: { contractType: 8 } });
    await write(__metadata.etag);
    return [(await ask(one)).contractType, await refusal(write(__metadata.etag), (error) => error.status)];
  });
  await feature(`${version}-batch`, async () => {
    const answers = await ask({
      requestUri: `${v2}$batch`,
      method: "POST",
      data: {
        __batchRequests: [
          { requestUri: "Customers('c02')", method: "GET", headers },
          {
            __changeRequests: [
              { requestUri: "Customers", method: "POST", headers, data: { id: `k-${version}`, displayName: "Zoë" } },
              { requestUri: `Customers('j-${version}')`, method: "MERGE", headers, data: { contractType: 9 } },
            ],
          },
          { requestUri: `Customers('k-${version}')`, method: "DELETE" },
        ],
      },
    }, OData.batchHandler);
    const [read, { __changeResponses: [made] }] = answers.__batchResponses;
    return [read.data.displayName, made.data.displayName, (await ask(one)).contractType];
  });
  await feature(`${version}-delete`, async () => {
    await ask({ requestUri: one, method: "DELETE", headers });
    return refusal(ask(one), (error) => error.status);
  });
}

await feature("v2-metadata", async () => {
  metadata = await ask(`${v2}$metadata`, OData.metadataHandler);
  return metadata.dataServices.schema[0].entityType[0].name;
});
await walk("v2", {});
await feature("v2-filter", async () => ids(await list("$filter=contractType eq 1 and countryLetterCode ne 'FR'")));
await feature("v2-sort", async () => ids(await list("$orderby=displayName desc&$top=3")));
await feature("v2-total", async () => {
  const cache = datajs.createDataCache({ name: "customers", source: `${customers}?$orderby=id`, pageSize: 5, mechanism: "memory" });
  const range = await new Promise((done, fail) => cache.readRange(3, 4).then(done, fail));
  return [ids(range), await new Promise((done, fail) => cache.count().then(done, fail))];
});
await feature("v2-error", async () =>
  refusal(ask(`${customers}?$filter=nme eq 'x'`), (error) => fault(JSON.parse(error.message).error.message.value)));
await walk("v2 with Atom", { Accept: "application/atom+xml", "Content-Type": "application/atom+xml" });
await report();
