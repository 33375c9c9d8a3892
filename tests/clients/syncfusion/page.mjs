import { feature, refusal, report, root, v2 } from "../features.mjs";

const { DataManager, ODataAdaptor, ODataV4Adaptor, Predicate, Query } = window.ej.data;

const customers = () => new Query().from("Customers");

async function walk(version, url, adaptor) {
  const manager = new DataManager({ url: url.slice(0, -1), adaptor });
  const rows = async (query) => (await manager.executeQuery(query)).result;
  const ids = async (query) => (await rows(query)).map((row) => row.id);
  const byKey = async (key) => (await rows(customers().where("id", "equal", key)))[0];
  await feature(`${version}-read`, async () => (await byKey("c01")).displayName);
  await feature(`${version}-filter`, async () =>
    ids(customers().where(new Predicate("contractType", "equal", 1).and("countryLetterCode", "notequal", "FR"))));
  await feature(`${version}-contains`, async () => ids(customers().where("displayName", "contains", "NAME 1", true).sortBy("id")));
  await feature(`${version}-dates`, async () =>
    ids(customers().where("cosmosCreatedDateTimeUTC", "greaterthan", new Date("2024-01-10T10:00:00Z")).sortBy("id")));
  await feature(`${version}-sort`, async () => ids(customers().sortByDesc("displayName").take(3)));
  await feature(`${version}-page`, async () => {
    const page = await manager.executeQuery(customers().sortBy("id").page(2, 3).requiresCount());
    return [page.result.map((row) => row.id), page.count];
  });
  await feature(`${version}-total`, async () => (await manager.executeQuery(customers().take(1).requiresCount())).count);
  await feature(`${version}-search`, async () => ids(customers().search("Name 4", ["displayName"])));
  await feature(`${version}-create`, async () =>
    (await manager.insert({ id: `s-${version}`, displayName: "Made", contractType: 7 }, "Customers")).displayName);
  await feature(`${version}-update`, async () => {
    await manager.update("id", { id: `s-${version}`, displayName: "Changed", contractType: 7 }, "Customers");
    const found = await byKey(`s-${version}`);
    return [found.displayName, found.contractType];
  });
  await feature(`${version}-batch`, async () => {
    const changes = {
      addedRecords: [{ id: `b-${version}`, displayName: "New" }],
      changedRecords: [{ id: `s-${version}`, displayName: "Changed again" }],
      deletedRecords: [],
    };
    await manager.saveChanges(changes, "id", "Customers");
    await manager.saveChanges({ addedRecords: [], changedRecords: [], deletedRecords: [{ id: `b-${version}` }] }, "id", "Customers");
    return [(await byKey(`s-${version}`)).displayName, (await rows(customers().where("id", "equal", `b-${version}`))).length];
  });
  await feature(`${version}-delete`, async () => {
    await manager.remove("id", `s-${version}`, "Customers");
    return (await rows(customers().where("id", "equal", `s-${version}`))).length;
  });
  await feature(`${version}-error`, async () =>
    refusal(manager.executeQuery(customers().where("nme", "equal", "x")), ({ error }) => error.status));
}

await walk("v4", root, new ODataV4Adaptor());
await feature("v4-aggregate", async () => {
  const manager = new DataManager({ url: `${root}Customers`, adaptor: new ODataV4Adaptor() });
  const groups = await manager.executeQuery(new Query().distinct(["countryLetterCode"]));
  return groups.result.map((group) => group.countryLetterCode);
});
await walk("v2", v2, new ODataAdaptor());
await report();
