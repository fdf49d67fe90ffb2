import { expect, test, vi } from "vitest";
import { ApiError, api } from "./client.ts";
import { flagChangesQuery, healthPeriod, orNothing, releasePagesQuery, sessionInterval } from "./releases.ts";

const between = { from: "2026-11-20T00:00:00.000Z", to: "2026-11-21T12:30:00.000Z" };

test("health is asked for a time that the server takes", () => {
  expect(healthPeriod({})).toBe("14d");
  expect(healthPeriod({ t: "1h" })).toBe("1h");
  expect(healthPeriod({ t: "200d" })).toBe("90d");
  expect(healthPeriod(between)).toBe("37h");
});

test("sessions are shown in whole hours, as they are counted", () => {
  expect(sessionInterval({ t: "1h" })).toBe("1h");
  expect(sessionInterval({ t: "7d" })).toBe("6h");
  expect(sessionInterval({ t: "90d" })).toBe("1d");
});

test("open releases of all ages are listed, unless others are asked for", async () => {
  const page = vi.spyOn(api, "page").mockResolvedValue({ items: [], next: null, hits: null });
  const options = releasePagesQuery("acme", { q: "1.2", env: ["prod"], status: "archived", sort: "semver" });
  const { queryFn } = options;
  if (typeof queryFn !== "function") throw new Error("there is no question");
  const signal = new AbortController().signal;
  await Reflect.apply(queryFn, undefined, [{ pageParam: "0:25:0", signal }]);
  expect(page.mock.calls[0]?.[0]).toBe("/api/0/organizations/acme/releases/");
  expect(page.mock.calls[0]?.[1]).toMatchObject({
    query: "1.2",
    environment: ["prod"],
    status: "archived",
    sort: "semver",
    cursor: "0:25:0",
  });
  expect(page.mock.calls[0]?.[1]).not.toHaveProperty("statsPeriod");
});

test("a server that knows no flags has none, and other trouble is trouble", async () => {
  expect(await orNothing(() => Promise.reject(new ApiError(404, "")))).toEqual([]);
  await expect(orNothing(() => Promise.reject(new ApiError(500, "broken")))).rejects.toThrow("broken");
  expect(flagChangesQuery("acme", { t: "24h", project: ["1"] }).queryKey).toEqual([
    "flag-changes",
    "acme",
    { statsPeriod: "24h", start: undefined, end: undefined, per_page: 25 },
  ]);
});
