// What OpenUI5's models see of the service in a browser: the page posts it to the server that it came from.
sap.ui.define(
  [
    "sap/ui/model/Filter", "sap/ui/model/FilterOperator", "sap/ui/model/Sorter",
    "sap/ui/model/odata/v2/ODataModel", "sap/ui/model/odata/v4/ODataModel",
    "page/tables",
  ],
  async (Filter, FilterOperator, Sorter, ODataModelV2, ODataModelV4, walkTables) => {
    const root = new URLSearchParams(location.search).get("root");
    const seen = {};
    const feature = async (name, work) => {
      const late = new Promise((_, fail) => setTimeout(() => fail(new Error("nothing came")), 20000));
      try {
        seen[name] = (await Promise.race([work(), late])) ?? null;
      } catch (error) {
        seen[name] = { failed: String(error?.responseText ?? error?.error?.message ?? error?.stack ?? error?.message ?? error).slice(0, 400) };
      }
    };
    const refusal = (promise) => promise.then(() => "nothing was refused", (error) => error.status ?? Number(error.statusCode));
    const french = new Filter("countryLetterCode", FilterOperator.EQ, "FR");
    const ones = new Filter("displayName", FilterOperator.Contains, "1");
    const dated = new Filter("cosmosCreatedDateTimeUTC", FilterOperator.BT, "2024-01-03T00:00:00Z", "2024-01-05T00:00:00+01:00");

    const four = () => new ODataModelV4({ serviceUrl: root, operationMode: "Server", autoExpandSelect: true });
    const model = four();
    const list = (filters, sorters, parameters) =>
      model.bindList("/Customers", undefined, sorters, filters, { $select: "id,displayName,contractType", ...parameters });
    const ids = (contexts) => contexts.map((context) => context.getProperty("id"));

    await feature("v4-read", async () => (await model.bindContext("/Customers('c01')").requestObject()).displayName);
    await feature("v4-filter", async () => ids(await list([french, ones], [new Sorter("id")]).requestContexts(0, 10)));
    await feature("v4-dates", async () => ids(await list([dated], [new Sorter("id")]).requestContexts(0, 10)));
    await feature("v4-caseless", async () =>
      ids(await list([new Filter({ path: "displayName", operator: "StartsWith", value1: "nAME 4", caseSensitive: false })]).requestContexts(0, 10)));
    await feature("v4-sort", async () => ids(await list([], [new Sorter("displayName", true)]).requestContexts(0, 3)));
    await feature("v4-page", async () => {
      const binding = list([], [new Sorter("id")], { $count: true });
      return [ids(await binding.requestContexts(5, 3)), binding.getCount()];
    });
    await feature("v4-count", async () => model.bindProperty("/Customers/$count").requestValue());
    await feature("v4-search", async () => ids(await list([], [new Sorter("id")], { $search: '"Name 4"' }).requestContexts(0, 5)));
    const rows = list([], [new Sorter("id")]);
    let made;
    await feature("v4-create", async () => {
      await rows.requestContexts(0, 20);
      made = rows.create({ id: "u-v4", displayName: "Made", contractType: 7 });
      await made.created();
      return [made.getProperty("displayName"), made.getPath()];
    });
    await feature("v4-update", async () => {
      await made.setProperty("displayName", "Changed");
      const found = await four().bindContext("/Customers('u-v4')").requestObject();
      return [found.displayName, found.contractType];
    });
    await feature("v4-etag", async () => {
      const others = four();
      const binding = others.bindList("/Customers", undefined, [], [new Filter("id", FilterOperator.EQ, "u-v4")], { $select: "id,displayName,contractType" });
      const [other] = await binding.requestContexts(0, 1);
      await made.setProperty("contractType", 8);
      const status = await refusal(other.setProperty("contractType", 9));
      await others.resetChanges();
      return status;
    });
    await feature("v4-delete", async () => {
      await made.delete();
      return refusal(four().bindContext("/Customers('u-v4')").requestObject());
    });
    await feature("v4-aggregate", async () => {
      const groups = model.bindList("/Customers", undefined, [new Sorter("countryLetterCode")], [], {
        $$aggregation: { group: { countryLetterCode: {} }, aggregate: { kinds: { name: "contractType", with: "sum" } } },
      });
      return (await groups.requestContexts(0, 10)).map((context) => [context.getProperty("countryLetterCode"), context.getProperty("kinds")]);
    });
    await feature("v4-totals", async () => {
      const groups = model.bindList("/Customers", undefined, [new Sorter("countryLetterCode")], [new Filter("contractType", FilterOperator.GT, 0)], {
        $count: true,
        $$aggregation: { group: { countryLetterCode: {} }, aggregate: { kinds: { name: "contractType", with: "sum", grandTotal: true } } },
      });
      return (await groups.requestContexts(0, 10)).map((context) => context.getProperty("kinds"));
    });

    for (const useBatch of [true, false]) {
      const name = useBatch ? "v2" : "v2 without batch";
      const two = () => new ODataModelV2(`${root}v2/`, { useBatch, defaultCountMode: "Inline" });
      const customers = two();
      const ask = (method, path, ...given) =>
        new Promise((success, error) => {
          const options = { ...(given.pop() ?? {}), success: (data, response) => success({ data, response }), error };
          customers[method](path, ...given, options);
        });
      const key = `u-v2-${useBatch}`;
      const path = `/Customers('${key}')`;
      await feature(`${name}-metadata`, async () => {
        await customers.metadataLoaded();
        return customers.getServiceMetadata().dataServices.schema[0].entityType[0].name;
      });
      await feature(`${name}-read`, async () => (await ask("read", "/Customers('c01')", {})).data.displayName);
      await feature(`${name}-dates`, async () => (await ask("read", "/Customers('c02')", {})).data.cosmosCreatedDateTimeUTC.toISOString());
      await feature(`${name}-filter`, async () =>
        (await ask("read", "/Customers", { filters: [french, ones], sorters: [new Sorter("id")] })).data.results.map((row) => row.id));
      await feature(`${name}-sort`, async () =>
        (await ask("read", "/Customers", { sorters: [new Sorter("displayName", true)], urlParameters: { $top: 3 } })).data.results.map((row) => row.id));
      await feature(`${name}-page`, async () => {
        const { data } = await ask("read", "/Customers", { sorters: [new Sorter("id")], urlParameters: { $skip: 5, $top: 3, $inlinecount: "allpages" } });
        return [data.results.map((row) => row.id), data.__count];
      });
      await feature(`${name}-count`, async () => (await ask("read", "/Customers/$count", {})).data);
      await feature(`${name}-list`, async () => {
        const binding = customers.bindList("/Customers", null, [new Sorter("id")], [french]);
        return new Promise((told) => {
          binding.attachDataReceived(() => told([binding.getContexts(0, 3).map((context) => context.getProperty("id")), binding.getLength()]));
          binding.initialize();
          binding.getContexts(0, 3);
        });
      });
      await feature(`${name}-create`, async () =>
        (await ask("create", "/Customers", { id: key, displayName: "Made", contractType: 7 }, {})).data.displayName);
      await feature(`${name}-update`, async () => {
        await ask("read", path, {});
        if (useBatch) {
          customers.setProperty(`${path}/displayName`, "Changed");
          await new Promise((success, error) => customers.submitChanges({ success, error }));
        } else {
          await ask("update", path, { displayName: "Changed" }, {});
        }
        const { data } = await ask("read", path, {});
        return [data.displayName, data.contractType];
      });
      await feature(`${name}-etag`, async () => refusal(ask("update", path, { contractType: 9 }, { eTag: 'W/"1"' })));
      await feature(`${name}-delete`, async () => {
        await ask("remove", path, {});
        return refusal(ask("read", path, {}));
      });
    }
    await walkTables(root, feature);
    await fetch("/report", { method: "POST", body: JSON.stringify(seen) });
  },
);
