import { createRequire } from "node:module";
import { feature, report, root } from "../features.mjs";

const { default: OdataProvider } = createRequire(import.meta.url)("ag-grid-odata");

/** The rows and the last row that a grid of the server-side row model gets for a request. */
function rowsOf(request) {
  return new Promise((resolve, reject) => {
    const asked = {
      startRow: 0, endRow: 100, rowGroupCols: [], valueCols: [], pivotCols: [], pivotMode: false,
      groupKeys: [], filterModel: {}, sortModel: [], ...request,
    };
    const provider = new OdataProvider({
      callApi: async (query) => {
        const answer = await fetch(`${root}Customers${query}`);
        const body = await answer.json();
        if (!answer.ok) reject(new Error(`${query}: ${body.error.message}`));
        return body;
      },
      setError: reject,
    });
    provider.getRows({
      request: asked, parentNode: { level: -1 },
      api: { setPivotResultColumns() {}, getModel: () => ({ isLastRowIndexKnown: () => false }) },
      success: ({ rowData, rowCount }) => resolve({ rows: rowData, count: rowCount }),
      fail: () => reject(new Error("the grid got nothing")),
    });
  });
}
const ids = ({ rows }) => rows.map((row) => row.id);
const text = (type, filter) => ({ filterType: "text", type, filter });

await feature("v4-page", async () => {
  const page = await rowsOf({ startRow: 0, endRow: 3, sortModel: [{ colId: "id", sort: "asc" }] });
  return [ids(page), page.count];
});
await feature("v4-sort", async () => ids(await rowsOf({ endRow: 3, sortModel: [{ colId: "displayName", sort: "desc" }] })));
await feature("v4-filter", async () => ids(await rowsOf({ filterModel: { displayName: text("equals", "NAME 4") } })));
await feature("v4-starts", async () => ids(await rowsOf({ filterModel: { displayName: text("startsWith", "name 1") } })));
await feature("v4-contains", async () => (await rowsOf({ filterModel: { displayName: text("notContains", "name 1") } })).rows.length);
await feature("v4-numbers", async () =>
  ids(await rowsOf({ filterModel: { contractType: { filterType: "number", type: "inRange", filter: 1, filterTo: 2 } }, endRow: 4 })));
await feature("v4-set", async () =>
  ids(await rowsOf({ filterModel: { displayName: { filterType: "set", values: ["Name 2", "Name 3"] } } })));
await feature("v4-aggregate", async () => {
  const groups = await rowsOf({
    rowGroupCols: [{ id: "countryLetterCode", field: "countryLetterCode" }],
    valueCols: [{ id: "contractType", field: "contractType", aggFunc: "sum" }],
  });
  return groups.rows.map((row) => [row.countryLetterCode, row.contractType, row.childCount]);
});
report();
