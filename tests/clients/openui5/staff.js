// What OpenUI5's models do with operations, deep creates, change sets, trees and totals of staff.xml.
sap.ui.define(
  [
    "sap/ui/core/Messaging", "sap/ui/model/Filter", "sap/ui/model/FilterOperator", "sap/ui/model/Sorter",
    "sap/ui/model/odata/v2/ODataModel", "sap/ui/model/odata/v4/ODataModel",
  ],
  async (Messaging, Filter, Op, Sorter, ODataModelV2, ODataModelV4) => {
    const root = new URLSearchParams(location.search).get("root");
    const { feature, refusal, report, steady } = await import(new URL("../features.mjs", location.href));
    const ids = (contexts) => contexts.map((context) => context.getProperty("ID")).join();
    const keys = (data) => data.results.map((row) => row.ID).join();
    const told = () => {
      const found = Messaging.getMessageModel().getData().map((message) => [message.getTargets()[0], message.getMessage()]);
      Messaging.removeAllMessages();
      return found;
    };

    const two = new ODataModelV2(`${root}v2/`, { defaultCountMode: "Inline", defaultBindingMode: "TwoWay" });
    const asked = (work) => new Promise((success, error) => work({ success: (data, response) => success({ data, response }), error }));
    const ask = (method, path, ...given) => asked((told) => two[method](path, ...given.slice(0, -1), { ...given.at(-1), ...told }));
    const call = (name, method, urlParameters, options) => asked((told) => two.callFunction(name, { method, urlParameters, ...options, ...told }));
    const submit = (groupId) => asked((told) => two.submitChanges({ groupId, ...told }));
    const read = async (options) => keys((await ask("read", "/Employees", { sorters: [new Sorter("ID")], ...options })).data);

    await feature("v2-calls", async () => [
      keys((await call("/Named", "GET", { Text: "Name" })).data),
      (await call("/Summary", "GET")).data.Summary.Number,
      (await call("/Since", "GET", { Day: new Date(Date.UTC(2024, 1, 29)), Flag: true })).data.Since,
      (await call("/Close", "POST")).response.statusCode,
    ]);
    await feature("v2-bound calls", async () => {
      const raised = await call("/Raise", "POST", { ID: "1", By: "1.50" });
      const stale = await refusal(call("/Raise", "POST", { ID: "1", By: "1.50" }, { eTag: 'W/"1"' }), (error) => error.statusCode);
      return [raised.data.Salary, stale, keys((await call("/Team", "GET", { ID: "1" })).data)];
    });
    await feature("v2-along", async () => {
      const completed = new Promise((told) => two.attachEventOnce("batchRequestCompleted", told));
      const handle = two.callFunction("/Raise", { method: "POST", urlParameters: { ID: "2", By: "1" }, expand: "Department" });
      await completed;
      return two.getProperty("$result/Department/Name", await handle.contextCreated());
    });
    await feature("v2-operators", async () => {
      const found = [
        new Filter("Name", Op.NotContains, "4"), new Filter("ManagerID", Op.NE, null), new Filter("Salary", Op.NB, "200.50", "700.50"),
        new Filter("Hired", Op.LT, new Date(Date.UTC(2023, 0, 1))), new Filter("Starts", Op.LE, { ms: 3 * 3600000, __edmType: "Edm.Time" }),
        new Filter({ path: "Name", operator: Op.EndsWith, value1: "E 4", caseSensitive: false }),
      ].map((filter) => read({ filters: [filter] }));
      return Promise.all(found);
    });
    await feature("v2-search", () => read({ urlParameters: { search: "name 5", "search-focus": "Name", "sap-client": "100" } }));
    await feature("v2-deep create", async () => {
      const order = two.createEntry("/Orders", { properties: { ID: "O1", Buyer: "deep" }, expand: "Items" });
      for (const ID of ["I1", "I2"]) two.createEntry("Items", { context: order, properties: { ID, Product: `of ${ID}` } });
      await submit();
      return [order.getPath(), (await ask("read", "/Orders('O1')/Items", {})).data.results.map((item) => item.Product)];
    });
    await feature("v2-batch", async () => {
      two.setDeferredGroups(["changes", "later"]);
      await read({});
      const work = call("/Raise", "POST", { ID: "3", By: "1" }, { groupId: "later" });
      two.create("/Departments", { ID: 9, Name: "nine" }, { groupId: "later", changeSetId: "second" });
      const before = two.hasPendingChanges(true);
      const parts = (await submit("later")).data.__batchResponses.flatMap((part) => part.__changeResponses ?? [part.response]);
      return [before, parts.map((part) => part.statusCode), (await work).data.Salary];
    });
    await feature("v2-error", async () => {
      two.setProperty("/Employees('1')/Name", "One");
      two.setProperty("/Employees('2')/Name", "x".repeat(30));
      await submit();
      const shown = told();
      await two.resetChanges(undefined, true);
      return [shown, (await ask("read", "/Employees('1')", {})).data.Name];
    });
    await feature("v2-streams", async () => {
      const headers = { slug: encodeURIComponent("ä 1.txt"), "Content-Type": "text/plain", "x-csrf-token": two.getSecurityToken(), Accept: "application/json" };
      const made = (await (await fetch(`${root}v2/Attachments`, { method: "POST", headers, body: "first" })).json()).d;
      await fetch(made.__metadata.edit_media, { method: "PUT", headers, body: "second" });
      return [made.FileName, made.__metadata.content_type, await (await fetch(made.__metadata.media_src)).text()];
    });
    await feature("v2-tree", async () => {
      const binding = two.bindTree("/Employees", null, [], { countMode: "Inline", rootLevel: 0 }, [new Sorter("ID")]).initialize();
      const shown = () => ids(binding.getRootContexts(0, 9));
      await steady(shown, (text) => text !== '""');
      const below = () => ids(binding.getNodeContexts(binding.getRootContexts(0, 9)[0], 0, 9));
      await steady(below, (text) => text !== '""');
      return [shown(), below()];
    });
    await feature("v2-annotations", async () => {
      await two.getMetaModel().loaded();
      const type = two.getMetaModel().getODataEntityType("staff.Employee");
      const [key, salary] = ["ID", "Salary"].map((name) => two.getMetaModel().getODataProperty(type, name));
      return [key["com.sap.vocabularies.Common.v1.Text"].Path, salary["Org.OData.Measures.V1.ISOCurrency"].Path];
    });

    const four = new ODataModelV4({ serviceUrl: root, operationMode: "Server", autoExpandSelect: true });
    const invoke = async (path, parameters, context) => {
      const binding = four.bindContext(path, context);
      for (const [name, value] of Object.entries(parameters)) binding.setParameter(name, value);
      await binding.invoke();
      return binding.getBoundContext()?.getObject();
    };
    const employee = async (key) => {
      const binding = four.bindContext(`/Employees('${key}')`, undefined, { $select: "ID,Name,Salary" });
      await binding.requestObject();
      return binding.getBoundContext();
    };
    await feature("v4-calls", async () => [
      (await invoke("/Named(...)", { Text: "Name 4" })).value.map((row) => row.ID).join(),
      (await invoke("/Summary(...)", {})).Number,
      (await invoke("/Since(...)", { Day: "2024-02-29", Flag: false })).value,
      await invoke("/Close(...)", {}) ?? null,
    ]);
    await feature("v4-bound calls", async () => {
      const stale = await employee("5");
      const raised = await invoke("staff.Raise(...)", { By: "2" }, await employee("5"));
      await fetch(`${root}Employees('5')`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: '{"Active":true}' });
      const status = await refusal(invoke("staff.Raise(...)", { By: "2" }, stale), (error) => error.status);
      const team = four.bindList("staff.Team()", await employee("1"), [new Sorter("ID", true)], [], { $select: "ID" });
      return [raised.Salary, status, ids(await team.requestContexts(0, 9))];
    });
    await feature("v4-operators", async () => {
      const some = (operator, condition) => new Filter({ path: "Reports", operator, variable: "one", condition });
      const found = [some(Op.Any, new Filter("one/ID", Op.EQ, "4")), some(Op.All, new Filter("one/ID", Op.GT, "3")), new Filter("Salary", Op.NB, "200.50", "700.50")];
      return Promise.all(found.map(async (filter) => ids(await four.bindList("/Employees", undefined, [new Sorter("ID")], filter, { $select: "ID" }).requestContexts(0, 20))));
    });
    await feature("v4-deep create", async () => {
      const order = four.bindList("/Orders", undefined, [], [], { $$ownRequest: true, $$updateGroupId: "deep" }).create({ ID: "O4", Buyer: "deep" }, true);
      const items = four.bindList("Items", order, [], [], { $select: "ID,Product" });
      for (const ID of ["I8", "I9"]) items.create({ ID, Product: `of ${ID}` }, true);
      await four.submitBatch("deep");
      await order.created();
      return [order.getPath(), (await (await fetch(`${root}Orders('O4')/Items?$orderby=ID`)).json()).value.map((item) => item.Product)];
    });
    await feature("v4-batch", async () => {
      const list = four.bindList("/Departments", undefined, [new Sorter("ID")], [], { $$updateGroupId: "held", $$ownRequest: true, $count: true });
      await list.requestContexts(0, 9);
      const made = [["start", false], ["end", true]].map(([Name, atEnd], place) => list.create({ ID: 50 + place, Name }, true, atEnd));
      const pending = four.hasPendingChanges("held");
      await four.submitBatch("held");
      await Promise.all(made.map((context) => context.created()));
      const shown = ids(list.getAllCurrentContexts());
      const gone = made.map((context) => context.delete("held"));
      await four.submitBatch("held");
      await Promise.all(gone);
      return [pending, shown, ids(list.getAllCurrentContexts())];
    });
    await feature("v4-error", async () => {
      told();
      const list = four.bindList("/Employees", undefined, [new Sorter("ID")], [], { $$updateGroupId: "held", $select: "ID,Name,Hired" });
      const [first, second] = await list.requestContexts(0, 2);
      const failures = [first.setProperty("Name", "One"), second.setProperty("Name", "x".repeat(30)), second.setProperty("Hired", "soon")].map((change) => refusal(change));
      await four.submitBatch("held");
      await four.resetChanges("held");
      await Promise.all(failures);
      return told().map(([target]) => target);
    });
    const level = (contexts) => contexts.map((context) => ["@$ui5.node.level", "DepartmentID", "Currency", "ID", "Salary"].map((name) => context.getProperty(name) ?? ""));
    const totals = () => four.bindList("/Employees", undefined, [new Sorter("DepartmentID"), new Sorter("Currency")], [new Filter("ID", Op.LE, "4")], {
      $count: true,
      $$aggregation: { aggregate: { Salary: { grandTotal: true, subtotals: true, unit: "Currency", with: "max" } }, group: { ID: {} }, groupLevels: ["DepartmentID"] },
    });
    await feature("v4-levels", async () => {
      const binding = totals();
      const closed = level(await binding.requestContexts(0, 20));
      (await binding.requestContexts(0, 20))[1].expand();
      const open = await steady(() => level(binding.getAllCurrentContexts()), (text) => text.includes('[2,'));
      return [closed, open.slice(1, 4)];
    });
    await feature("v4-tree", async () => {
      const aggregation = { hierarchyQualifier: "Chart" };
      const bind = (options, filters) => four.bindList("/Employees", undefined, [new Sorter("ID")], filters, { $count: true, $select: "ID,Name", $$aggregation: { ...aggregation, ...options } });
      const rows = (contexts) => contexts.map((context) => `${context.getProperty("@$ui5.node.level")}:${context.getProperty("ID")}${{ true: "-", false: "+" }[context.getProperty("@$ui5.node.isExpanded")] ?? ""}`).join(" ");
      const tree = bind({});
      const shown = [rows(await tree.requestContexts(0, 20))];
      await tree.getAllCurrentContexts()[0].expand();
      shown.push(rows(await tree.requestContexts(0, 20)));
      await tree.getAllCurrentContexts()[1].expand();
      shown.push(rows(await tree.requestContexts(0, 20)));
      tree.getAllCurrentContexts()[0].collapse();
      shown.push(rows(await tree.requestContexts(0, 20)));
      const found = bind({ expandTo: 9 }, [new Filter("Name", Op.EndsWith, "7")]);
      shown.push(rows(await found.requestContexts(0, 20)));
      const open = bind({ expandTo: 2 });
      const contexts = await open.requestContexts(0, 20);
      const made = open.create({ ID: "22", Name: "made", "@$ui5.node.parent": contexts[0] }, true);
      await made.created();
      const moved = (await open.requestContexts(0, 20)).find((context) => context.getProperty("ID") === "9");
      await moved.move({ parent: made });
      shown.push(rows(await open.requestContexts(0, 20)), (await made.requestParent()).getProperty("ID"));
      return shown;
    });

    const both = new ODataModelV4({ serviceUrl: `${root}v2/`, odataVersion: "2.0", operationMode: "Server", autoExpandSelect: true });
    const listed = async (filter) => ids(await both.bindList("/Employees", undefined, [new Sorter("ID")], filter, { $select: "ID", $count: true }).requestContexts(0, 3));
    await feature("v2 by the V4 model-read", async () => {
      const found = await both.bindContext("/Employees('2')", undefined, { $expand: { Department: { $select: "Name" } } }).requestObject();
      return [found.Hired, found.Starts, found.Salary, found.Department.Name];
    });
    await feature("v2 by the V4 model-filter", () =>
      Promise.all([new Filter("Hired", Op.LT, "2023-01-01"), new Filter("Starts", Op.GE, "08:00:00"), new Filter("Name", Op.Contains, "4"), new Filter("Department/ID", Op.EQ, 1)].map(listed)));
    const department = both.bindList("/Departments", undefined, [], [], { $$ownRequest: true }).create({ ID: 70, Name: "new" }, true);
    const named = async () => (await (await fetch(`${root}Departments(70)`)).json()).Name ?? null;
    await feature("v2 by the V4 model-create", async () => {
      await department.created();
      return [department.getPath(), await named()];
    });
    await feature("v2 by the V4 model-update", async () => {
      await department.setProperty("Name", "newer");
      return named();
    });
    await feature("v2 by the V4 model-delete", async () => {
      await department.delete();
      return named();
    });
    await feature("v2 by the V4 model-calls", async () => {
      const summary = both.bindContext("/Since(...)").setParameter("Day", "2024-02-29").setParameter("Flag", true);
      await summary.invoke();
      return summary.getBoundContext().getObject();
    });
    await feature("v2 by the V4 model-annotations", async () => [
      await both.getMetaModel().requestObject("/Employees/Salary@Org.OData.Measures.V1.ISOCurrency"),
      await both.getMetaModel().requestObject("/Employees/ID@com.sap.vocabularies.Common.v1.Text"),
    ]);
    await report();
  },
);
