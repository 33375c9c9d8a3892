import { FetchClient } from "@odata2ts/http-client-fetch";
import { MicrosoftGraphService as ServiceV2 } from "./generated/v2/MicrosoftGraphService";
import { MicrosoftGraphService as ServiceV4 } from "./generated/v4/MicrosoftGraphService";

type Features = Record<string, () => Promise<unknown>>;

async function refused(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "nothing was refused",
    (error) => [error.status, error.message.split(" (at")[0].split(". ")[0]],
  );
}

export function v4(root: string): Features {
  const customers = () => new ServiceV4(new FetchClient(), root.replace(/\/$/, "")).Customers();
  const customer = (id: string) => new ServiceV4(new FetchClient(), root.replace(/\/$/, "")).Customers(id);
  const ids = (answer: { data: { value: { id: string }[] } }) => answer.data.value.map((row) => row.id);
  let made = "";
  return {
    "v4-read": async () => (await customer("c01").query()).data.displayName,
    "v4-filter": async () =>
      ids(await customers().query((builder, q) => builder.filter(q.countryLetterCode.eq("FR").and(q.displayName.contains("1").or(q.contractType.eq(0)))))),
    "v4-sort": async () => ids(await customers().query((builder, q) => builder.orderBy(q.displayName.desc()).top(3))),
    "v4-page": async () => ids(await customers().query((builder, q) => builder.orderBy(q.id.asc()).skip(5).top(3).select("id"))),
    "v4-total": async () => (await customers().query((builder) => builder.count().top(1))).data["@odata.count"],
    "v4-create": async () => {
      const created = (await customers().create({ displayName: "Made", contractType: 7 })).data;
      made = created.id;
      return created.displayName;
    },
    "v4-update": async () => {
      await customer(made).patch({ displayName: "Changed" });
      const found = (await customer(made).query()).data;
      return [found.displayName, found.contractType];
    },
    "v4-delete": async () => {
      await customer(made).delete();
      return refused(customer(made).query());
    },
    "v4-error": async () => refused(customers().query((builder, q) => builder.filter(q.id.eq("x")).top(-1))),
  };
}

export function v2(root: string): Features {
  const service = () => new ServiceV2(new FetchClient(), `${root}v2`);
  const ids = (answer: { data: { d: { results: { id: string }[] } } }) => answer.data.d.results.map((row) => row.id);
  let made = "";
  return {
    "v2-read": async () => (await service().Customers("c01").query()).data.d.displayName,
    "v2-filter": async () =>
      ids(await service().Customers().query((builder, q) => builder.filter(q.countryLetterCode.eq("FR").and(q.displayName.contains("1"))))),
    "v2-sort": async () => ids(await service().Customers().query((builder, q) => builder.orderBy(q.displayName.desc()).top(3))),
    "v2-page": async () => ids(await service().Customers().query((builder, q) => builder.orderBy(q.id.asc()).skip(5).top(3).select("id"))),
    "v2-total": async () => (await service().Customers().query((builder) => builder.count().top(1))).data.d.__count,
    "v2-create": async () => {
      const created = (await service().Customers().create({ displayName: "Made", contractType: 7 })).data.d;
      made = created.id;
      return created.displayName;
    },
    "v2-update": async () => {
      await service().Customers(made).patch({ displayName: "Changed" });
      const found = (await service().Customers(made).query()).data.d;
      return [found.displayName, found.contractType];
    },
    "v2-delete": async () => {
      await service().Customers(made).delete();
      return refused(service().Customers(made).query());
    },
  };
}
