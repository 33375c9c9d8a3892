import { asc, desc } from "@sap-cloud-sdk/odata-common";
import { and as andV2, or as orV2 } from "@sap-cloud-sdk/odata-v2";
import { and as andV4, or as orV4 } from "@sap-cloud-sdk/odata-v4";
import { customersV2 } from "./generated/customers-v2";
import { customersV4 } from "./generated/customers-v4";

type Features = Record<string, () => Promise<unknown>>;

/** The status of the answer that refuses what is asked. */
async function refused(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "nothing was refused",
    (error) => error.rootCause?.response?.status ?? error.message,
  );
}

export function v4(root: string): Features {
  const { customersApi, batch, changeset } = customersV4();
  const { schema } = customersApi;
  const at = { url: root };
  const ids = (found: { id: string }[]) => found.map((each) => each.id);
  const all = () => customersApi.requestBuilder().getAll();
  const one = (id: string) => customersApi.requestBuilder().getByKey(id).execute(at);
  return {
    "v4-read": async () => (await one("c01")).displayName,
    "v4-filter": async () =>
      ids(await all().filter(andV4(schema.COUNTRY_LETTER_CODE.equals("FR"), orV4(schema.CONTRACT_TYPE.equals(0), schema.ID.equals("c01")))).execute(at)),
    "v4-sort": async () => ids(await all().orderBy(desc(schema.DISPLAY_NAME)).top(3).execute(at)),
    "v4-page": async () => ids(await all().orderBy(asc(schema.ID)).skip(5).top(3).select(schema.ID).execute(at)),
    "v4-count": async () => all().count().execute(at),
    "v4-date": async () => (await one("c02")).cosmosCreatedDateTimeUtc?.toISOString(),
    "v4-create": async () => {
      const made = customersApi.entityBuilder().id("s-v4").displayName("Made").contractType(7).build();
      return (await customersApi.requestBuilder().create(made).execute(at)).displayName;
    },
    "v4-update": async () => {
      const found = await one("s-v4");
      found.displayName = "Changed";
      await customersApi.requestBuilder().update(found).execute(at);
      const again = await one("s-v4");
      return [again.displayName, again.contractType];
    },
    "v4-etag": async () => {
      const old = await one("s-v4");
      const current = await one("s-v4");
      current.contractType = 8;
      await customersApi.requestBuilder().update(current).execute(at);
      old.contractType = 9;
      return refused(customersApi.requestBuilder().update(old).execute(at));
    },
    "v4-batch": async () => {
      const first = customersApi.entityBuilder().id("s-v4-1").displayName("One").build();
      const second = customersApi.entityBuilder().id("s-v4-2").displayName("Two").build();
      const create = customersApi.requestBuilder();
      const answers = await batch(changeset(create.create(first), create.create(second)), create.getByKey("s-v4-2")).execute(at);
      const read = answers[1];
      const found = read.isReadResponse() ? read.as(customersApi) : [];
      return [answers.map((each) => each.isSuccess()), found.map((each) => each.displayName)];
    },
    "v4-delete": async () => {
      const remove = customersApi.requestBuilder();
      for (const id of ["s-v4", "s-v4-1", "s-v4-2"]) await remove.delete(await one(id)).execute(at);
      return refused(one("s-v4"));
    },
  };
}

export function v2(root: string): Features {
  const { customersApi, batch, changeset } = customersV2();
  const { schema } = customersApi;
  const at = { url: `${root}v2/` };
  const ids = (found: { id: string }[]) => found.map((each) => each.id);
  const all = () => customersApi.requestBuilder().getAll();
  const one = (id: string) => customersApi.requestBuilder().getByKey(id).execute(at);
  return {
    "v2-read": async () => (await one("c01")).displayName,
    "v2-filter": async () =>
      ids(await all().filter(andV2(schema.COUNTRY_LETTER_CODE.equals("FR"), orV2(schema.CONTRACT_TYPE.equals(0), schema.ID.equals("c01")))).execute(at)),
    "v2-sort": async () => ids(await all().orderBy(desc(schema.DISPLAY_NAME)).top(3).execute(at)),
    "v2-page": async () => ids(await all().orderBy(asc(schema.ID)).skip(5).top(3).select(schema.ID).execute(at)),
    "v2-count": async () => all().count().execute(at),
    "v2-date": async () => (await one("c02")).cosmosCreatedDateTimeUtc?.toISOString(),
    "v2-create": async () => {
      const made = customersApi.entityBuilder().id("s-v2").displayName("Made").contractType(7).build();
      return (await customersApi.requestBuilder().create(made).execute(at)).displayName;
    },
    "v2-update": async () => {
      const found = await one("s-v2");
      found.displayName = "Changed";
      await customersApi.requestBuilder().update(found).execute(at);
      const again = await one("s-v2");
      return [again.displayName, again.contractType];
    },
    "v2-etag": async () => {
      const old = await one("s-v2");
      const current = await one("s-v2");
      current.contractType = 8;
      await customersApi.requestBuilder().update(current).execute(at);
      old.contractType = 9;
      return refused(customersApi.requestBuilder().update(old).execute(at));
    },
    "v2-batch": async () => {
      const first = customersApi.entityBuilder().id("s-v2-1").displayName("One").build();
      const second = customersApi.entityBuilder().id("s-v2-2").displayName("Two").build();
      const create = customersApi.requestBuilder();
      const answers = await batch(changeset(create.create(first), create.create(second)), create.getByKey("s-v2-2")).execute(at);
      const read = answers[1];
      const found = read.isReadResponse() ? read.as(customersApi) : [];
      return [answers.map((each) => each.isSuccess()), found.map((each) => each.displayName)];
    },
    "v2-delete": async () => {
      const remove = customersApi.requestBuilder();
      for (const id of ["s-v2", "s-v2-1", "s-v2-2"]) await remove.delete(await one(id)).execute(at);
      return refused(one("s-v2"));
    },
  };
}
