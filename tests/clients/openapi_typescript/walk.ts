import createClient from "openapi-fetch";
import type { paths } from "./generated/openapi";

type Features = Record<string, () => Promise<unknown>>;

export function v4(root: string): Features {
  const client = createClient<paths>({ baseUrl: root });
  const one = { params: { path: { id: "t-v4" } } };
  const ids = (answer: { data?: { value: { id?: string }[] } }) => answer.data?.value.map((row) => row.id);
  return {
    "v4-read": async () => (await client.GET("/Customers('{id}')", { params: { path: { id: "c01" } } })).data?.displayName,
    "v4-filter": async () =>
      ids(await client.GET("/Customers", { params: { query: { $filter: "contractType eq 1 and countryLetterCode ne 'FR'" } } })),
    "v4-sort": async () => ids(await client.GET("/Customers", { params: { query: { $orderby: ["displayName desc"], $top: 3 } } })),
    "v4-page": async () => {
      const page = await client.GET("/Customers", { params: { query: { $orderby: ["id"], $skip: 3, $top: 3, $count: true } } });
      return [ids(page), page.data?.["@odata.count"]];
    },
    "v4-count": async () => (await client.GET("/Customers/$count", { parseAs: "text" })).data,
    "v4-search": async () => ids(await client.GET("/Customers", { params: { query: { $search: '"Name 4"' } } })),
    "v4-create": async () =>
      (await client.POST("/Customers", { body: { id: "t-v4", displayName: "Made", contractType: 7 } })).data?.displayName,
    "v4-update": async () => {
      const answer = await client.PATCH("/Customers('{id}')", { ...one, body: { displayName: "Changed" } });
      return [answer.data?.displayName, answer.data?.contractType];
    },
    "v4-etag": async () => {
      const stale = { headers: { "If-Match": 'W/"1"' }, body: { contractType: 8 } };
      const answer = await client.PATCH("/Customers('{id}')", { ...one, ...stale });
      return [answer.response.status, answer.error?.error.code];
    },
    "v4-batch": async () => {
      const answer = await client.POST("/$batch", {
        body: {
          requests: [
            { id: "1", method: "GET", url: "Customers('c02')" },
            { id: "2", method: "PATCH", url: "Customers('t-v4')", body: { contractType: 8 } },
          ],
        },
      });
      return typeof answer.data === "object" ? answer.data.responses.map((part) => part.status) : answer.error;
    },
    "v4-delete": async () => {
      const gone = await client.DELETE("/Customers('{id}')", one);
      return [gone.response.status, (await client.GET("/Customers('{id}')", one)).error?.error.message];
    },
    "v4-error": async () =>
      (await client.GET("/Customers", { params: { query: { $filter: "nme eq 'x'" } } })).error?.error.message.split(" (at")[0],
  };
}
