import graph from "@microsoft/microsoft-graph-client";
import { feature, refusal, report, root } from "../features.mjs";

const { BatchRequestContent, BatchResponseContent, Client, PageIterator } = graph;
const client = Client.init({ baseUrl: root, defaultVersion: "", authProvider: (done) => done(null, "") });
const ids = (answer) => answer.value.map((row) => row.id);

await feature("v4-read", async () => (await client.api("/Customers/c01").get()).displayName);
await feature("v4-key", async () => (await client.api("/Customers('c01')").get()).displayName);
await feature("v4-filter", async () =>
  ids(await client.api("/Customers").header("ConsistencyLevel", "eventual").filter("contractType eq 1 and not(countryLetterCode eq 'FR')").get()));
await feature("v4-sort", async () => ids(await client.api("/Customers").orderby("displayName desc").top(3).get()));
await feature("v4-page", async () => ids(await client.api("/Customers").orderby("id").skip(5).top(3).select(["id"]).get()));
await feature("v4-count", async () => client.api("/Customers/$count").get());
await feature("v4-total", async () => (await client.api("/Customers").count(true).top(1).get())["@odata.count"]);
await feature("v4-search", async () => ids(await client.api("/Customers").query({ $search: '"Name 4"' }).get()));
await feature("v4-next link", async () => {
  const page = await client.api("/Customers").header("Prefer", "odata.maxpagesize=5").select(["id"]).get();
  return [page.value.length, new URL(page["@odata.nextLink"]).searchParams.has("$skiptoken")];
});
await feature("v4-iterator", async () => {
  const page = await client.api("/Customers").select(["id"]).get();
  let count = 0;
  await new PageIterator(client, page, () => Boolean(++count)).iterate();
  return count;
});
await feature("v4-create", async () =>
  (await client.api("/Customers").post({ "@odata.type": "#microsoft.graph.Customer", id: "g-1", displayName: "Made", contractType: 7 })).displayName);
await feature("v4-update", async () => {
  await client.api("/Customers/g-1").patch({ displayName: "Changed" });
  const found = await client.api("/Customers/g-1").get();
  return [found.displayName, found.contractType];
});
await feature("v4-etag", async () =>
  refusal(client.api("/Customers/g-1").header("If-Match", 'W/"1"').patch({ displayName: "Never" }), (error) => error.statusCode));
await feature("v4-batch", async () => {
  const request = (path, method, body) => new Request(`https://host${path}`, { method, body, headers: { "Content-Type": "application/json" } });
  const content = new BatchRequestContent([
    { id: "1", request: request("/Customers('g-1')", "PATCH", '{"contractType":8}') },
    { id: "2", request: new Request("https://host/Customers('g-1')"), dependsOn: ["1"] },
    { id: "3", request: new Request("https://host/Customers('none')"), dependsOn: ["2"] },
  ]);
  const answers = new BatchResponseContent(await client.api("/$batch").post(await content.getContent()));
  const second = await answers.getResponseById("2").json();
  return [answers.getResponseById("1").status, second.contractType, answers.getResponseById("3").status];
});
await feature("v4-delete", async () => {
  await client.api("/Customers/g-1").delete();
  return refusal(client.api("/Customers/g-1").get(), (error) => [error.statusCode, error.code]);
});
await feature("v4-error", async () =>
  refusal(client.api("/Customers").filter("nme eq 'x'").get(), (error) => [error.statusCode, error.code, error.message.split(" (at")[0]]));
report();
