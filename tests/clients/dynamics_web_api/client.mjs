import { DynamicsWebApi } from "dynamics-web-api";
import { feature, refusal, report, root } from "../features.mjs";

const at = { serverUrl: root.replace(/\/$/, ""), dataApi: { version: "9.2" } };
const api = new DynamicsWebApi(at);
const full = new DynamicsWebApi({ ...at, returnRepresentation: true, includeAnnotations: "*", maxPageSize: 5 });
const accounts = "accounts";
const contacts = "contacts";
const contact = (number) => `22222222-0000-4000-8000-00000000000${number}`;
const numbers = [1, 2, 3, 4, 5, 6, 7];
const told = (error) => [error.status, error.code];
const named = async (request) => (await api.retrieveMultiple({ collection: contacts, select: ["fullname"], ...request })).value.map((row) => row.fullname);
let key;

await feature("v4-create", async () => {
  const made = await full.create({ collection: accounts, data: { name: "Ada & Söhne", revenue: 12.5, accountnumber: "A-1" } });
  key = made.accountid;
  for (const number of numbers) await api.create({ collection: contacts, data: { contactid: contact(number), fullname: `Name ${number}` } });
  return [made.name, made.revenue];
});
await feature("v4-read", async () => {
  const byNumber = await api.retrieve({ collection: accounts, key: "accountnumber='A-1'", select: ["name"] });
  const byKey = await api.retrieve({ collection: accounts, key, select: ["name", "revenue"] });
  return [byNumber.name, byKey.revenue, byKey.accountnumber ?? "not selected"];
});
await feature("v4-filter", async () => named({ filter: "startswith(fullname,'Name') and fullname ge 'Name 5'" }));
await feature("v4-sort", async () => named({ orderBy: ["fullname desc"], top: 3 }));
await feature("v4-page", async () => {
  const first = await full.retrieveMultiple({ collection: contacts, select: ["fullname"] });
  const second = await full.retrieveMultiple({ collection: contacts }, first.oDataNextLink);
  const all = await full.retrieveAll({ collection: contacts, select: ["fullname"] });
  return [first.value.length, second.value.length, all.value.length];
});
await feature("v4-count", async () => [await api.count({ collection: contacts }), await api.count({ collection: contacts, filter: "fullname eq 'Name 4'" })]);
await feature("v4-total", async () => (await api.retrieveMultiple({ collection: contacts, count: true, top: 1 })).oDataCount);
await feature("v4-update", async () => {
  const changed = await full.update({ collection: accounts, key, data: { name: "Changed" }, select: ["name"] });
  await api.updateSingleProperty({ collection: accounts, key, fieldValuePair: { revenue: 7.5 } });
  const { name, revenue } = await api.retrieve({ collection: accounts, key });
  return [changed.name, name, revenue];
});
await feature("v4-etag", async () => {
  const { "@odata.etag": known } = await api.retrieve({ collection: accounts, key });
  const stale = await api.update({ collection: accounts, key, data: { name: "Never" }, ifmatch: 'W/"1"' });
  const changed = await full.update({ collection: accounts, key, data: { name: "Known" }, ifmatch: known });
  const unchanged = await api.retrieve({ collection: accounts, key, ifnonematch: changed["@odata.etag"] });
  return [stale, changed.name, unchanged];
});
await feature("v4-references", async () => {
  await api.associate({ collection: accounts, primaryKey: key, relationshipName: "contacts", relatedCollection: contacts, relatedKey: contact(1) });
  await api.associateSingleValued({ collection: accounts, primaryKey: key, navigationProperty: "primarycontactid", relatedCollection: contacts, relatedKey: contact(2) });
  const expand = [{ property: "primarycontactid", select: ["fullname"] }, { property: "contacts", select: ["fullname"], top: 3 }];
  const { primarycontactid, contacts: related } = await api.retrieve({ collection: accounts, key, select: ["name"], expand });
  await api.disassociate({ collection: accounts, primaryKey: key, relationshipName: "contacts", relatedKey: contact(1) });
  await api.disassociateSingleValued({ collection: accounts, primaryKey: key, navigationProperty: "primarycontactid" });
  const after = await api.retrieve({ collection: accounts, key, expand });
  return [primarycontactid.fullname, related.map((row) => row.fullname), after.primarycontactid, after.contacts];
});
await feature("v4-members", async () => {
  const bound = await full.create({ collection: accounts, data: { name: "Bound", "primarycontactid@odata.bind": `/contacts(${contact(3)})` } });
  const upserted = await full.upsert({ collection: accounts, key: "33333333-0000-4000-8000-000000000001", data: { name: "New" } });
  const again = await api.upsert({ collection: accounts, key: upserted.accountid, data: { name: "New" }, ifnonematch: "*" });
  return [bound._primarycontactid_value === contact(3), upserted.name, again];
});
await feature("v4-batch", async () => {
  api.startBatch();
  api.create({ collection: contacts, data: { contactid: contact(8), fullname: "Name 8" }, contentId: "1" });
  api.create({ collection: accounts, data: { name: "Batch", "primarycontactid@odata.bind": "$1" } });
  api.retrieveMultiple({ collection: contacts, filter: "fullname eq 'Name 8'", select: ["fullname"] });
  api.deleteRecord({ collection: contacts, key: contact(7) });
  const [made, account, found, gone] = await api.executeBatch();
  return [made.fullname, account._primarycontactid_value === contact(8), found.value.length, gone ?? "gone"];
});
await feature("v4-delta", async () => {
  const tracked = await api.retrieveMultiple({ collection: contacts, select: ["fullname"], trackChanges: true });
  await api.update({ collection: contacts, key: contact(1), data: { fullname: "Told" } });
  const since = await api.retrieveMultiple({ collection: contacts }, tracked.oDataDeltaLink);
  return since.value.map((row) => row.fullname);
});
await feature("v4-delete", async () => {
  const deleted = await api.deleteRecord({ collection: accounts, key });
  return [deleted, await refusal(api.retrieve({ collection: accounts, key }), told)];
});
await feature("v4-error", async () => refusal(api.retrieveMultiple({ collection: accounts, filter: "nme eq 1" }), told));
report();
