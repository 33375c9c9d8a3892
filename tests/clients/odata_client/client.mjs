import odata from "@odata/client";
import { feature, refusal, report, root, v2 } from "../features.mjs";

const { OData } = odata;

async function walk(version, client, counted) {
  const customers = client.getEntitySet("Customers");
  const ids = (rows) => rows.map((row) => row.id);
  await feature(`${version}-read`, async () => (await customers.retrieve("c01")).displayName);
  await feature(`${version}-filter`, async () =>
    ids(await customers.query(OData.newFilter().property("contractType").eq(1).property("countryLetterCode").eq("FR"))));
  await feature(`${version}-sort`, async () =>
    ids(await customers.query(OData.newParam().orderby("displayName", "desc").top(3))));
  await feature(`${version}-page`, async () =>
    ids(await customers.query(OData.newParam().orderby("id").skip(5).top(3).select(["id"]))));
  await feature(`${version}-count`, async () => customers.count());
  await feature(`${version}-total`, async () => counted(client));
  await feature(`${version}-create`, async () =>
    (await customers.create({ id: `o-${version}`, displayName: "Made", contractType: 7 })).displayName);
  await feature(`${version}-update`, async () => {
    await customers.update(`o-${version}`, { displayName: "Changed" });
    const found = await customers.retrieve(`o-${version}`);
    return [found.displayName, found.contractType];
  });
  await feature(`${version}-batch`, async () => {
    const answers = await client.execBatchRequests([
      await client.newBatchRequest({ collection: "Customers", method: "GET", id: "c02" }),
      await client.newBatchRequest({ collection: "Customers", method: "PATCH", id: `o-${version}`, entity: { contractType: 8 } }),
    ]);
    const first = await answers[0].json();
    return [(first.d ?? first).displayName, answers[1].status, (await customers.retrieve(`o-${version}`)).contractType];
  });
  await feature(`${version}-delete`, async () => {
    await customers.delete(`o-${version}`);
    return refusal(customers.retrieve(`o-${version}`));
  });
  await feature(`${version}-error`, async () => refusal(customers.query(OData.newFilter().property("nme").eq("x"))));
}

await walk("v4", OData.New4({ serviceEndpoint: root }), async (client) => {
  const answer = await client.newRequest({ collection: "Customers", params: client.newParam().count(true).top(1) });
  return answer["@odata.count"];
});
await walk("v2", OData.New({ serviceEndpoint: v2 }), async (client) => {
  const answer = await client.newRequest({ collection: "Customers", params: client.newParam().inlinecount(true).top(1) });
  return answer.d.__count;
});
await feature("v4-search", async () =>
  (await OData.New4({ serviceEndpoint: root }).getEntitySet("Customers").query(OData.newParam().search("Name 4", false))).map((row) => row.id));
report();
