import { expect, test } from "vitest";
import { ApiClient, ApiError, nextCursor, withQuery } from "./client.ts";

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function clientWith(answer: () => Response): { client: ApiClient; sent: Sent[] } {
  const sent: Sent[] = [];
  const client = new ApiClient(async (url, init) => {
    sent.push({ url, init });
    return answer();
  });
  client.csrfToken = "token-1";
  return { client, sent };
}

const headersOf = (sent: Sent | undefined) => new Headers(sent?.init.headers);

async function failureOf(work: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await work.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (error instanceof ApiError) return error;
  throw new Error("expected an ApiError");
}

test("writes carry the CSRF token and JSON, reads carry neither", async () => {
  const { client, sent } = clientWith(() => Response.json({ ok: true }));
  await client.get("/a");
  await client.put("/b", { status: "resolved" }, { id: ["1", "2"] });
  expect(headersOf(sent[0]).get("X-CSRF-Token")).toBeNull();
  expect(headersOf(sent[1]).get("X-CSRF-Token")).toBe("token-1");
  expect(headersOf(sent[1]).get("Content-Type")).toBe("application/json");
  expect(sent[1]).toMatchObject({
    url: "/b?id=1&id=2",
    init: { method: "PUT", body: '{"status":"resolved"}' },
  });
});

test("all rows of a list are read page after page", async () => {
  const pages = ["0:100:0", "0:200:0", null];
  const { client, sent } = clientWith(() => {
    const cursor = pages[sent.length - 1];
    const link = `<http://h/x>; rel="next"; results="${cursor !== null}"; cursor="${cursor ?? "0:300:0"}"`;
    return Response.json([sent.length], { headers: { Link: link } });
  });
  expect(await client.all("/x")).toEqual([1, 2, 3]);
  expect(sent.map(({ url }) => url)).toEqual([
    "/x?per_page=100",
    "/x?per_page=100&cursor=0%3A100%3A0",
    "/x?per_page=100&cursor=0%3A200%3A0",
  ]);
});

test("an answer without a body is fine", async () => {
  const { client } = clientWith(() => new Response(null, { status: 204 }));
  expect(await client.post("/auth/logout")).toBeUndefined();
});

test("a refusal keeps the server's sentence, fields and waiting time", async () => {
  const { client } = clientWith(() =>
    Response.json({ detail: "Too many attempts.", retryAfter: 30 }, { status: 429 }),
  );
  expect(await failureOf(client.post("/auth/login"))).toMatchObject({
    status: 429,
    detail: "Too many attempts.",
    retryAfterSeconds: 30,
  });
});

test("problems of single fields are kept by field", async () => {
  const { client } = clientWith(() => Response.json({ slug: ["It is taken."] }, { status: 400 }));
  expect(await failureOf(client.put("/p", {}))).toMatchObject({
    status: 400,
    fields: { slug: ["It is taken."] },
  });
});

test("an answer that is not JSON is still an ApiError", async () => {
  const { client } = clientWith(
    () => new Response("<html>", { status: 502, headers: { "X-Request-Id": "7f3a" } }),
  );
  expect(await failureOf(client.get("/x"))).toMatchObject({ status: 502, detail: "", requestId: "7f3a" });
});

test("no answer has status 0", async () => {
  const client = new ApiClient(() => Promise.reject(new TypeError("Failed to fetch")));
  expect(await failureOf(client.get("/x"))).toMatchObject({ status: 0 });
});

test("a page knows where the next one starts", async () => {
  const link =
    '<http://h/?cursor=0:0:1>; rel="previous"; results="false"; cursor="0:0:1", <http://h/?cursor=0:50:0>; rel="next"; results="true"; cursor="0:50:0"';
  const { client } = clientWith(() => Response.json([1, 2], { headers: { Link: link, "X-Hits": "120" } }));
  expect(await client.page("/issues")).toEqual({ items: [1, 2], next: "0:50:0", hits: 120 });
});

test.each([
  [null, null],
  ['<u>; rel="next"; results="false"; cursor="0:50:0"', null],
  ["nonsense", null],
])("the cursor after %s is %s", (link, expected) => {
  expect(nextCursor(link)).toBe(expected);
});

test("a query repeats lists and leaves out what is undefined", () => {
  expect(withQuery("/x", { a: ["1", "2"], b: undefined, c: "", d: 3 })).toBe("/x?a=1&a=2&c=&d=3");
});
