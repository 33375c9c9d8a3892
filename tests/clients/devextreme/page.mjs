import ODataStore from "devextreme/data/odata/store";
import DataGrid from "devextreme/ui/data_grid";
import { changed, fault, feature, report, root, steady, v2 } from "../features.mjs";

const NAME = 1;

async function walk(version, url) {
  const element = document.body.appendChild(document.createElement("div"));
  const store = new ODataStore({ version: version === "v4 grid" ? 4 : 2, url: `${url}Customers`, key: "id", keyType: "String" });
  const grid = new DataGrid(element, {
    dataSource: store,
    columns: ["id", "displayName", "contractType", "countryLetterCode", { dataField: "cosmosCreatedDateTimeUTC", dataType: "datetime" }],
    remoteOperations: true,
    paging: { pageSize: 5 },
    pager: { visible: true, showInfo: true },
    filterRow: { visible: true },
    searchPanel: { visible: true },
    editing: { mode: "row", allowAdding: true, allowUpdating: true, allowDeleting: true, confirmDelete: false },
  });
  const shown = (column = 0) =>
    [...element.querySelectorAll(".dx-data-row")].map((row) => row.querySelectorAll("td")[column]?.textContent);
  const click = (selector) => element.querySelector(selector).click();
  const header = `.dx-header-row > td[aria-colindex="${NAME + 1}"]`;

  await feature(`${version}-read`, () => steady(shown, (text) => text.includes("c01")));
  await feature(`${version}-date`, () => shown(4)[0] !== "");
  await feature(`${version}-count`, () => element.querySelector(".dx-info")?.textContent);
  await feature(`${version}-page`, () => changed(shown, () => click('.dx-page[aria-label="Page 2"]')));
  await feature(`${version}-sort`, async () => {
    await changed(shown, () => click(header));
    return changed(shown, () => click(header));
  });
  await feature(`${version}-filter`, () => changed(shown, () => grid.columnOption("displayName", "filterValue", "NAME 1")));
  await feature(`${version}-contains`, async () => {
    await changed(shown, () => grid.clearFilter());
    return changed(shown, () => grid.searchByText("name 4"));
  });
  await changed(shown, () => grid.clearFilter());
  const key = `x-${version}`;
  const place = () => grid.getRowIndexByKey(key);
  await feature(`${version}-create`, async () => {
    await grid.addRow();
    for (const [name, value] of Object.entries({ id: key, displayName: "Zoë", contractType: 7 })) grid.cellValue(0, name, value);
    await grid.saveEditData();
    return (await steady(() => shown(NAME), (text) => text.includes("Zoë")))[0];
  });
  await feature(`${version}-update`, async () => {
    grid.cellValue(place(), "displayName", "Zwolle");
    await grid.saveEditData();
    const found = await store.byKey(key);
    return [(await steady(() => shown(NAME), (text) => text.includes("Zwolle")))[0], found.contractType];
  });
  await feature(`${version}-delete`, () => changed(() => shown(NAME)[0], () => grid.deleteRow(place())));
  await feature(`${version}-error`, async () => {
    const told = () => element.querySelector(".dx-error-message")?.textContent ?? "";
    return fault(await changed(told, () => grid.filter(["nme", "=", "x"])));
  });
}

await walk("v4 grid", root);
await walk("v2 grid", v2);
await report();
