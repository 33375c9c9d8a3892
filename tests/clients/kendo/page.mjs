import "./node_modules/kendo-ui-core/esm/kendo.data.js";
import "./node_modules/kendo-ui-core/esm/kendo.data.odata.js";
import { fault, feature, refusal, report, root, v2 } from "../features.mjs";

const { DataSource } = window.kendo.data;
const model = {
  id: "id",
  fields: {
    id: { type: "string", editable: false, nullable: true },
    displayName: { type: "string" },
    contractType: { type: "number" },
    cosmosCreatedDateTimeUTC: { type: "date", nullable: true },
  },
};

async function walk(version, type, url) {
  const one = (row) => `${url}Customers('${row.id}')`;
  const sourceOf = (more) => new DataSource({
    type,
    transport: {
      read: { url: `${url}Customers`, dataType: "json" },
      create: { url: `${url}Customers` },
      update: { url: one },
      destroy: { url: one },
      batch: { url: `${url}$batch` },
    },
    schema: { model },
    serverFiltering: true,
    serverSorting: true,
    serverPaging: true,
    ...more,
  });
  const query = async (options, more) => {
    const source = sourceOf(more);
    await source.query({ sort: { field: "id", dir: "asc" }, ...options });
    return source;
  };
  const ids = async (options) => (await query(options)).view().map((row) => row.id);
  const named = async (name) => (await query({ filter: { field: "displayName", operator: "eq", value: name } })).view();
  await feature(`${version}-read`, async () => (await query({ filter: { field: "id", operator: "eq", value: "c01" } })).at(0).displayName);
  await feature(`${version}-filter`, async () => ids({
    filter: { logic: "and", filters: [{ field: "contractType", operator: "eq", value: 1 }, { field: "countryLetterCode", operator: "neq", value: "FR" }] },
  }));
  await feature(`${version}-contains`, async () => ids({
    filter: [
      { field: "displayName", operator: "contains", value: "name 1", ignoreCase: true },
      { field: "displayName", operator: "doesnotcontain", value: "11" },
    ],
  }));
  await feature(`${version}-dates`, async () => ids({
    filter: { field: "cosmosCreatedDateTimeUTC", operator: "gt", value: new Date("2024-01-10T10:00:00Z") },
  }));
  await feature(`${version}-sort`, async () => ids({ sort: [{ field: "displayName", dir: "desc" }], page: 1, pageSize: 3 }));
  await feature(`${version}-page`, async () => {
    const source = await query({ page: 2, pageSize: 3 });
    return [source.view().map((row) => row.id), source.total()];
  });
  await feature(`${version}-total`, async () => (await query({ page: 1, pageSize: 1 })).total());
  await feature(`${version}-create`, async () => {
    const source = await query({ page: 1, pageSize: 1 });
    const added = source.add({ displayName: `Made ${version}`, contractType: 7 });
    await source.sync();
    return [added.isNew(), (await named(`Made ${version}`))[0].id === added.id];
  });
  await feature(`${version}-update`, async () => {
    const source = await query({ filter: { field: "displayName", operator: "eq", value: `Made ${version}` } });
    source.at(0).set("displayName", `Changed ${version}`);
    await source.sync();
    return (await named(`Changed ${version}`)).map((row) => row.contractType);
  });
  if (version === "v4") {
    await feature(`${version}-batch`, async () => {
      const source = await query({ filter: { field: "displayName", operator: "eq", value: `Changed ${version}` } }, { batch: true });
      source.at(0).set("contractType", 8);
      const added = [1, 2].map((number) => source.add({ displayName: `New ${number}` }));
      await source.sync();
      const made = added.map((row) => row.isNew());
      added.forEach((row) => source.remove(row));
      await source.sync();
      return [made, (await named(`Changed ${version}`))[0].contractType, (await named("New 1")).length];
    });
  }
  await feature(`${version}-delete`, async () => {
    const source = await query({ filter: { field: "displayName", operator: "eq", value: `Changed ${version}` } });
    source.remove(source.at(0));
    await source.sync();
    return (await named(`Changed ${version}`)).length;
  });
  await feature(`${version}-error`, async () =>
    refusal(query({ filter: { field: "nme", operator: "eq", value: "x" } }), ({ responseJSON: { error } }) =>
      fault(error.message.value ?? error.message)));
}

await walk("v4", "odata-v4", root);
await walk("v2", "odata", v2);
await report();
