// @vitest-environment node
import { readFile } from "node:fs/promises";
import openapiTS from "openapi-typescript";
import { expect, test } from "vitest";

const OPENAPI = new URL("../../../../crates/api/openapi.json", import.meta.url);

/** `npm run api-types` is this test too: there, the snapshot is written instead of compared. */
test("the types of the API are those that the server publishes", async () => {
  const openapi = JSON.parse(await readFile(OPENAPI, "utf8"));
  const types = await openapiTS(openapi, { immutableTypes: true });
  await expect(types).toMatchFileSnapshot("schema.gen.ts");
});
