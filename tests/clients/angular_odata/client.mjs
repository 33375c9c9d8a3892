import "@angular/compiler";
import { provideHttpClient, withFetch } from "@angular/common/http";
import { createEnvironmentInjector, Injector, provideZonelessChangeDetection, ɵINJECTOR_SCOPE } from "@angular/core";
import { ODataClient, provideODataClient } from "angular-odata";
import { firstValueFrom as first, from, toArray } from "rxjs";
import { fault, feature, refusal, report, root, v2 } from "../features.mjs";

/** What an application of Angular gives its components, without the application. */
const injected = (config) => createEnvironmentInjector([
  provideODataClient({ config }),
  provideHttpClient(withFetch()),
  provideZonelessChangeDetection(),
  { provide: ɵINJECTOR_SCOPE, useValue: "root" },
], Injector.NULL).get(ODataClient);

async function walk(version, client) {
  await client.initialize();
  const set = () => client.entitySet("Customers", "microsoft.graph.Customer");
  const one = (key) => set().entity(key);
  const asked = (build) => {
    const customers = set();
    customers.query(build);
    return customers;
  };
  const ids = async (build) => (await first(asked(build).fetchEntities())).map((row) => row.id);
  await feature(`${version}-read`, async () => (await first(one("c01").fetchEntity())).displayName);
  await feature(`${version}-filter`, async () => ids((q) => q.filter({ contractType: 1, countryLetterCode: { ne: "FR" } })));
  await feature(`${version}-sort`, async () => ids((q) => {
    q.orderBy("displayName desc");
    q.top(3);
  }));
  await feature(`${version}-page`, async () => ids((q) => {
    q.orderBy("id");
    q.skip(3);
    q.top(3);
  }));
  await feature(`${version}-list`, async () => (await first(set().fetchAll())).entities.length);
  await feature(`${version}-create`, async () =>
    (await first(set().create({ id: `a-${version}`, displayName: "Made", contractType: 7 }))).entity.displayName);
  await feature(`${version}-update`, async () => {
    await first(one(`a-${version}`).modify({ displayName: "Changed" }));
    const found = await first(one(`a-${version}`).fetchEntity());
    return [found.displayName, found.contractType];
  });
  await feature(`${version}-batch`, async () => {
    const work = [];
    await first(client.batch().exec(() => {
      work.push(first(one("c02").fetchEntity()), first(one(`a-${version}`).modify({ contractType: 8 })));
      return from(work).pipe(toArray());
    }));
    const [read] = await Promise.all(work);
    return [read.displayName, (await first(one(`a-${version}`).fetchEntity())).contractType];
  });
  await feature(`${version}-delete`, async () => {
    await first(one(`a-${version}`).destroy());
    return refusal(first(one(`a-${version}`).fetchEntity()), (error) => error.status);
  });
  await feature(`${version}-error`, async () =>
    refusal(first(asked((q) => q.filter("nme eq 'x'")).fetchEntities()), ({ error: { error } }) =>
      fault(error.message.value ?? error.message)));
}

const v4 = injected({ serviceRootUrl: root });
await walk("v4", v4);
const customers = () => v4.entitySet("Customers", "microsoft.graph.Customer");
await feature("v4-count", async () => first(customers().count().fetch()));
await feature("v4-total", async () => (await first(customers().fetch({ withCount: true }))).annots.count);
await feature("v4-etag", async () => {
  const one = customers().entity("c03");
  const { etag } = (await first(one.fetch())).annots;
  const write = () => first(one.modify({ displayName: "Name 3" }, { etag }));
  await write();
  return refusal(write(), (error) => error.status);
});
await walk("v2", injected({ serviceRootUrl: v2, version: "2.0" }));
report();
