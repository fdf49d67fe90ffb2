import { expect, test } from "./page.ts";

test("triage by keyboard alone, and back again", async ({ page }) => {
  await page.goto("/fairpit/issues");
  const rows = page.getByRole("grid", { name: "Issues" }).getByRole("row");
  await expect(rows.nth(1)).toContainText("ProviderTimeoutError");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await expect(page.getByText("2 selected")).toBeVisible();
  await page.keyboard.press("e");
  await expect(page.getByText("2 issues resolved")).toBeVisible();
  await expect(rows.nth(1)).toContainText("context.DeadlineExceeded");
  await page.keyboard.press("u");
  await expect(page.getByText("Undone")).toBeVisible();
  await expect(rows.nth(1)).toContainText("ProviderTimeoutError");
});

test("peek, open, and the list is where it was", async ({ page }) => {
  await page.goto("/fairpit/issues?t=24h");
  await page.getByRole("row").nth(1).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Space");
  await expect(page.getByRole("complementary", { name: "Issue PAY-422" })).toBeVisible();
  await expect(page).toHaveURL(/sel=PAY-422/);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "ProviderTimeoutError" })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/t=24h.*sel=PAY-422|sel=PAY-422.*t=24h/);
});

test("a filter is chosen from suggestions and lands in the address", async ({ page }) => {
  await page.goto("/fairpit/issues");
  await page.getByRole("combobox", { name: "Query" }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("leve");
  await page.getByRole("option", { name: /level:/ }).click();
  await page.getByRole("option", { name: "level:warning" }).click();
  await expect(page).toHaveURL(/q=is:unresolved\+level:warning/);
});

test("dragging over the chart zooms the time range", async ({ page }) => {
  await page.goto("/fairpit/issues");
  const chart = page.getByRole("img", { name: /events; most/ });
  const box = await chart.boundingBox();
  if (box === null) throw new Error("the chart is not there");
  await page.mouse.move(box.x + box.width * 0.5, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 20, { steps: 5 });
  await page.mouse.up();
  await expect(page).toHaveURL(/from=.*to=/);
});

test("hundreds of rows scroll, only a few are there", async ({ page }) => {
  await page.goto("/fairpit/issues?q=");
  const grid = page.getByRole("grid", { name: "Issues" });
  await grid.getByRole("row").nth(1).waitFor();
  await expect(async () => {
    await grid.evaluate((element) => element.scrollBy(0, 1500));
    await expect(grid.locator('[aria-rowindex="200"]')).toBeAttached({ timeout: 200 });
  }).toPass();
  expect(await grid.getByRole("row").count()).toBeLessThan(60);
});
