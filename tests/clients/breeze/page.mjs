import { feature, refusal, report, root, v2 } from "../features.mjs";

const { config, EntityManager, EntityQuery, Predicate } = window.breeze;
const { BreezeOData4 } = window.breezeOdata4;
// Breeze was made before there were promises.
config.setQ({
  defer() {
    const deferred = {};
    deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }));
    return deferred;
  },
  resolve: (value) => Promise.resolve(value),
  reject: (error) => Promise.reject(error),
});

async function walk(version, url) {
  const manager = new EntityManager(url.slice(0, -1));
  const run = (query) => manager.executeQuery(query);
  const ids = async (query) => (await run(query)).results.map((row) => row.id);
  const customers = EntityQuery.from("Customers");
  const one = customers.where("id", "==", `b-${version}`);
  await feature(`${version}-metadata`, async () => {
    await manager.fetchMetadata();
    const type = manager.metadataStore.getEntityType("Customer");
    return [type.defaultResourceName, type.keyProperties[0].name, type.getProperty("contractType").dataType.name];
  });
  await feature(`${version}-read`, async () => (await manager.fetchEntityByKey("Customer", "c01")).entity.displayName);
  await feature(`${version}-filter`, async () =>
    ids(customers.where(Predicate.create("contractType", "==", 1).and("countryLetterCode", "!=", "FR"))));
  await feature(`${version}-contains`, async () => {
    const named = Predicate.create("displayName", "contains", "Name 1").and(Predicate.create("displayName", "endsWith", "1").not());
    return ids(customers.where(named).orderBy("id"));
  });
  await feature(`${version}-dates`, async () =>
    ids(customers.where("cosmosCreatedDateTimeUTC", ">", new Date("2024-01-10T10:00:00Z")).orderBy("id")));
  await feature(`${version}-sort`, async () => ids(customers.orderBy("displayName desc").take(3)));
  await feature(`${version}-page`, async () => {
    const page = await run(customers.orderBy("id").skip(3).take(3).inlineCount());
    return [page.results.map((row) => row.id), page.inlineCount];
  });
  await feature(`${version}-total`, async () => (await run(customers.take(1).inlineCount())).inlineCount);
  await feature(`${version}-select`, async () => {
    const [row] = (await run(customers.where("id", "==", "c04").select("id, displayName"))).results;
    return [row.id, row.displayName];
  });
  await feature(`${version}-create`, async () => {
    manager.createEntity("Customer", { id: `b-${version}`, displayName: "Made", contractType: 7 });
    const [made] = (await manager.saveChanges()).entities;
    return [made.displayName, made.entityAspect.entityState.name];
  });
  await feature(`${version}-update`, async () => {
    const found = manager.getEntityByKey("Customer", `b-${version}`);
    found.displayName = "Changed";
    await manager.saveChanges();
    manager.clear();
    const [again] = (await run(one)).results;
    return [again.displayName, again.contractType];
  });
  await feature(`${version}-batch`, async () => {
    const [found] = (await run(one)).results;
    found.contractType = 8;
    const made = manager.createEntity("Customer", { id: `d-${version}`, displayName: "New" });
    const saved = (await manager.saveChanges()).entities.length;
    made.entityAspect.setDeleted();
    await manager.saveChanges();
    manager.clear();
    return [saved, (await run(one)).results[0].contractType];
  });
  await feature(`${version}-delete`, async () => {
    const [found] = (await run(one)).results;
    found.entityAspect.setDeleted();
    await manager.saveChanges();
    return (await run(one)).results.length;
  });
  await feature(`${version}-error`, async () => refusal(run(customers.withParameters({ $filter: "nme eq 'x'" }))));
}

config.initializeAdapterInstance("dataService", "OData", true);
await walk("v2", v2);
BreezeOData4.configure();
await walk("v4", root);
await report();
