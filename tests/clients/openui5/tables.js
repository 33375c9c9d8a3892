// Tables on the page, bound to a model of V4 and to one of V2: what a user sees of the customers, and does to them.
sap.ui.define(
  [
    "sap/m/Column", "sap/m/ColumnListItem", "sap/m/Input", "sap/m/Table", "sap/m/Text", "sap/m/Title",
    "sap/ui/core/Element", "sap/ui/core/Messaging", "sap/ui/test/actions/Press", "sap/ui/model/Filter", "sap/ui/model/FilterOperator", "sap/ui/model/Sorter",
    "sap/ui/model/odata/v2/ODataModel", "sap/ui/model/odata/v4/ODataModel",
  ],
  (Column, ColumnListItem, Input, Table, Text, Title, Element, Messaging, Press, Filter, FilterOperator, Sorter, ODataModelV2, ODataModelV4) =>
    async (root, feature) => {
      const { changed, steady } = await import(new URL("../features.mjs", location.href));
      const ones = new Filter("displayName", FilterOperator.Contains, "1");

      /** A growing table of customers, whose names are fields; `shown` are the texts of a column as the page has them. */
      function tableOf(model, parameters, title) {
        const table = new Table({
          growing: true, growingThreshold: 5, headerText: title,
          columns: ["Id", "Name", "Type"].map((text) => new Column({ header: new Text({ text }) })),
          items: {
            path: "/Customers", sorter: new Sorter("id"), parameters,
            template: new ColumnListItem({
              cells: [new Text({ text: "{id}" }), new Input({ value: "{displayName}" }), new Text({ text: "{contractType}" })],
            }),
          },
        });
        table.setModel(model).placeAt("content");
        const rows = () => [...(table.getDomRef()?.querySelectorAll("tbody .sapMListTblRow") ?? [])];
        return { table, ids: () => rows().map((row) => row.querySelector(".sapMText")?.textContent), names: () => rows().map((row) => row.querySelector("input")?.value) };
      }
      const more = (table) => new Press().executeOn(Element.getElementById(`${table.getId()}-trigger`));
      const field = (table, key) => table.getItems().find((row) => row.getBindingContext().getProperty("id") === key).getCells()[1];
      const stored = async (key) => (await fetch(`${root}Customers('${key}')`)).json();
      const changeElsewhere = (key) =>
        fetch(`${root}Customers('${key}')`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: '{"contractType":8}' });
      const refused = () => Messaging.getMessageModel().getData().some((message) => message.getTechnicalDetails()?.statusCode === 412 || message.getTechnicalDetails()?.httpStatus === 412);

      const four = new ODataModelV4({ serviceUrl: root, operationMode: "Server", autoExpandSelect: true });
      const v4 = tableOf(four, { $count: true, $select: "id,displayName,contractType" }, "OData V4");
      const binding = v4.table.getBinding("items");
      await feature("v4 table-read", () => steady(v4.ids, (text) => text.includes("c05")));
      await feature("v4 table-count", async () => {
        const title = new Title({ text: "{$count}" }).setModel(four).setBindingContext(binding.getHeaderContext()).placeAt("content");
        return steady(() => title.getDomRef()?.textContent, (text) => text === '"12"');
      });
      await feature("v4 table-page", async () => (await changed(v4.ids, () => more(v4.table))).slice(5));
      await feature("v4 table-sort", () => changed(v4.ids, () => binding.sort(new Sorter("displayName", true))));
      await feature("v4 table-filter", () => changed(v4.ids, () => binding.filter([ones])));
      await changed(v4.ids, () => binding.filter([]));
      await feature("v4 table-create", async () => {
        const made = binding.create({ id: "t-v4", displayName: "Zoë", contractType: 7 });
        await made.created();
        return (await steady(v4.ids, (text) => text.includes("t-v4")))[0];
      });
      await feature("v4 table-update", async () => {
        field(v4.table, "t-v4").setValue("Zwolle");
        const found = await settled(() => stored("t-v4"), (entity) => entity.displayName === "Zwolle");
        return [found.displayName, found.contractType, v4.names()[0]];
      });
      await feature("v4 table-etag", async () => {
        await changeElsewhere("t-v4");
        field(v4.table, "t-v4").setValue("Never");
        await steady(refused, (text) => text === "true");
        await four.resetChanges();
        Messaging.removeAllMessages();
        return [(await stored("t-v4")).displayName, v4.names()[0]];
      });
      await feature("v4 table-delete", async () => {
        await binding.requestRefresh();
        await steady(v4.ids, (text) => text.includes("t-v4"));
        await changed(v4.ids, () => field(v4.table, "t-v4").getBindingContext().delete());
        return [(await stored("t-v4")).error.code, v4.ids().includes("t-v4")];
      });
      await feature("v4 table-aggregate", async () => {
        const groups = new Table({
          headerText: "Countries", columns: ["Country", "Types"].map((text) => new Column({ header: new Text({ text }) })),
          items: {
            path: "/Customers", sorter: new Sorter("countryLetterCode"),
            parameters: { $$aggregation: { group: { countryLetterCode: {} }, aggregate: { contractType: { with: "sum" } } } },
            template: new ColumnListItem({ cells: [new Text({ text: "{countryLetterCode}" }), new Text({ text: "{contractType}" })] }),
          },
        });
        groups.setModel(four).placeAt("content");
        const texts = () => [...(groups.getDomRef()?.querySelectorAll("tbody .sapMListTblRow .sapMText") ?? [])].map((text) => text.textContent);
        return steady(texts, (text) => text.includes("NL"));
      });

      const two = new ODataModelV2(`${root}v2/`, { defaultCountMode: "Inline", defaultBindingMode: "TwoWay" });
      const submit = () => new Promise((success, error) => two.submitChanges({ success, error }));
      const v2 = tableOf(two, { select: "id,displayName,contractType" }, "OData V2");
      const items = v2.table.getBinding("items");
      await feature("v2 table-read", () => steady(v2.ids, (text) => text.includes("c05")));
      await feature("v2 table-count", () => items.getLength());
      await feature("v2 table-page", async () => (await changed(v2.ids, () => more(v2.table))).slice(5));
      await feature("v2 table-sort", () => changed(v2.ids, () => items.sort(new Sorter("displayName", true))));
      await feature("v2 table-filter", () => changed(v2.ids, () => items.filter([ones])));
      await changed(v2.ids, () => items.filter([]));
      await feature("v2 table-create", async () => {
        two.createEntry("/Customers", { properties: { id: "t-v2", displayName: "Zoë", contractType: 7 } });
        await submit();
        return (await steady(v2.ids, (text) => text.includes("t-v2")))[0];
      });
      await feature("v2 table-update", async () => {
        field(v2.table, "t-v2").setValue("Zwolle");
        await submit();
        return [(await stored("t-v2")).displayName, (await stored("t-v2")).contractType, v2.names()[0]];
      });
      await feature("v2 table-etag", async () => {
        await changeElsewhere("t-v2");
        field(v2.table, "t-v2").setValue("Never");
        const { __batchResponses: parts } = await submit();
        await two.resetChanges(undefined, true);
        return [Number(parts[0].response.statusCode), (await stored("t-v2")).displayName];
      });
      await feature("v2 table-delete", async () => {
        await new Promise((success, error) => two.read("/Customers('t-v2')", { success, error }));
        await changed(v2.ids, () => new Promise((success, error) => two.remove("/Customers('t-v2')", { success, error })));
        return [(await stored("t-v2")).error.code, v2.ids().includes("t-v2")];
      });

      async function settled(ask, wanted) {
        for (let look = 0; look < 50; look++) {
          const found = await ask();
          if (wanted(found)) return found;
          await new Promise((later) => setTimeout(later, 100));
        }
        return ask();
      }
    },
);
