import { convert } from "@sap-ux/annotation-converter";
import { parse } from "@sap-ux/edmx-parser";
import { feature, report, root, v2 } from "../features.mjs";

const catalogue = process.argv[3];

async function model(url) {
  const document = await (await fetch(`${url}$metadata`)).text();
  return convert(parse(document));
}

const names = (parts) => parts.map((part) => part.name);
const customer = async (url) => (await model(url)).entityTypes.by_name("Customer");

await feature("v4-metadata", async () => {
  const { version, namespace, entitySets, entityTypes, actions, singletons, diagnostics } = await model(catalogue);
  const product = entityTypes.by_name("Product");
  const leads = product.navigationProperties.map((part) => [part.name, part.targetType.name, part.isCollection]);
  const overloads = names(actions).filter((name) => name === "GetTopProducts").length;
  const kinds = product.entityProperties.by_name("ShippingAddress").targetType.name;
  const listed = entitySets.by_name("Products").entityType === product;
  return [version, namespace, listed, names(product.keys), leads, kinds, overloads, names(singletons), diagnostics];
});
await feature("v4-annotations", async () => {
  const { annotations, entityProperties } = await customer(root);
  const { LineItem, HeaderInfo, SelectionFields } = annotations.UI;
  return [
    LineItem.map((field) => field.Value?.$target.name ?? field.Target.$target.Data.map((inner) => inner.Value.path)),
    String(LineItem[1].annotations.UI.Importance),
    [String(HeaderInfo.TypeName), HeaderInfo.Title.Value.$target.name],
    SelectionFields.map((path) => path.$target.name),
    String(entityProperties.by_name("displayName").annotations.Common.Label),
  ];
});
await feature("v4-restrictions", async () => {
  const { Capabilities } = (await model(catalogue)).entitySets.by_name("ReadOnlyItems").annotations;
  return [Capabilities.InsertRestrictions.Insertable, Capabilities.DeleteRestrictions.Deletable].map((value) => value.valueOf());
});
await feature("v2-metadata", async () => {
  const { version, entitySets } = await model(v2);
  const { keys, entityProperties } = await customer(v2);
  const created = entityProperties.by_name("cosmosCreatedDateTimeUTC");
  return [version, names(entitySets), names(keys), entityProperties.length, created.type];
});
await feature("v2-annotations", async () => {
  const { annotations, entityProperties } = await customer(v2);
  return [String(annotations.Common.Label), String(entityProperties.by_name("displayName").annotations.Common.Label)];
});
report();
