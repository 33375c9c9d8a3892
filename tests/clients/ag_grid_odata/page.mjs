import { AllCommunityModule, ModuleRegistry, createGrid } from "ag-grid-community";
import provider from "ag-grid-odata";
import { changed, feature, report, root, steady } from "../features.mjs";

ModuleRegistry.registerModules([AllCommunityModule]);
const element = document.getElementById("grid");
const json = { "Content-Type": "application/json" };

/** An entity of the grid is written as its page would write it: with the ETag that came with it. */
async function save({ data, colDef, newValue }) {
  const answer = await fetch(`${root}Customers('${data.id}')`, {
    method: "PATCH", headers: { ...json, "If-Match": data["@odata.etag"] }, body: JSON.stringify({ [colDef.field]: newValue }),
  });
  if (answer.ok) Object.assign(data, await answer.json());
  return answer.status;
}

const grid = createGrid(element, {
  columnDefs: ["id", "displayName", "contractType", "countryLetterCode", "cosmosCreatedDateTimeUTC"].map((field) => ({
    field, filter: field === "contractType" ? "agNumberColumnFilter" : "agTextColumnFilter", floatingFilter: true, editable: true,
  })),
  rowModelType: "infinite",
  cacheBlockSize: 5,
  getRowId: ({ data }) => data.id,
  datasource: new provider.default({
    callApi: async (query) => (await fetch(`${root}Customers${query}`)).json(),
  }),
});
const shown = (field = "id") =>
  [...element.querySelectorAll("[role=row][row-id]")]
    .sort((one, other) => one.getAttribute("row-index") - other.getAttribute("row-index"))
    .map((row) => row.querySelector(`[col-id=${field}]`)?.textContent);

await feature("v4 grid-read", async () => (await steady(shown, (text) => text.includes("c01"))).slice(0, 5));
await feature("v4 grid-count", () => grid.getDisplayedRowCount());
await feature("v4 grid-page", async () => {
  grid.ensureIndexVisible(11);
  return (await steady(shown, (text) => text.includes("c12"))).at(-1);
});
await feature("v4 grid-sort", async () => {
  const sorted = await changed(shown, () => element.querySelector("[role=columnheader][col-id=displayName] .ag-header-cell-text").click());
  return sorted.slice(0, 3);
});
await feature("v4 grid-filter", () => changed(shown, () => grid.setFilterModel({ displayName: { filterType: "text", type: "startsWith", filter: "NAME 1" } })));
await feature("v4 grid-numbers", () =>
  changed(shown, () => grid.setFilterModel({ contractType: { filterType: "number", type: "greaterThanOrEqual", filter: 3 } })));
await changed(shown, () => grid.setFilterModel(null));
await feature("v4 grid-create", async () => {
  const made = { id: "x-grid", displayName: "A new one", contractType: 7 };
  const { status } = await fetch(`${root}Customers`, { method: "POST", headers: json, body: JSON.stringify(made) });
  return [status, (await changed(shown, () => grid.refreshInfiniteCache()))[0]];
});
await feature("v4 grid-update", async () => {
  const node = grid.getRowNode("x-grid");
  const status = await save({ data: node.data, colDef: { field: "displayName" }, newValue: "A changed one" });
  return [status, (await changed(() => shown("displayName"), () => grid.refreshInfiniteCache()))[0]];
});
await feature("v4 grid-etag", async () => {
  const { data } = grid.getRowNode("x-grid");
  return save({ data: { ...data, "@odata.etag": 'W/"1"' }, colDef: { field: "displayName" }, newValue: "Never" });
});
await feature("v4 grid-delete", async () => {
  const { status } = await fetch(`${root}Customers('x-grid')`, { method: "DELETE" });
  return [status, (await changed(shown, () => grid.refreshInfiniteCache()))[0]];
});
await report();
