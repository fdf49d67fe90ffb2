import { expect, expectAccessible, issueRows, picture, test } from "./harness/test.ts";

test("triage by keyboard alone, and back again", async ({ page, organization }) => {
  const project = await organization.project("keyboard");
  await project.errors("ThirdError", "SecondError", "FirstError");
  await page.goto(project.issues);
  const rows = issueRows(page);
  await expect(rows).toHaveText([/FirstError/, /SecondError/, /ThirdError/]);
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await expect(page.getByText("2 selected")).toBeVisible();
  await page.keyboard.press("e");
  await expect(page.getByText("2 issues resolved")).toBeVisible();
  await expect(rows).toHaveText([/ThirdError/]);
  await page.keyboard.press("u");
  await expect(page.getByText("Undone")).toBeVisible();
  await expect(rows).toHaveText([/FirstError/, /SecondError/, /ThirdError/]);
  await page.reload();
  await expect(rows).toHaveText([/FirstError/, /SecondError/, /ThirdError/]);
});

test("peek, open, and the list is where it was", async ({ page }) => {
  await page.goto("/acme/issues?t=24h");
  await expect(issueRows(page).first()).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("Space");
  await expect(page.getByRole("complementary", { name: /^Issue / })).toBeVisible();
  await expect(page).toHaveURL(/sel=/);
  const list = page.url();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Facts" })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(list);
  await expect(issueRows(page).first()).toBeVisible();
});

test("assign, comment, archive and resolve are kept and told", async ({ page, organization }) => {
  const project = await organization.project("life");
  await project.errors("LifeError");
  await page.goto(project.issues);
  await issueRows(page).getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1, name: "LifeError" })).toBeVisible();

  await page.getByRole("button", { name: "Assign", exact: true }).click();
  await page.getByRole("menuitem", { name: /\(me\)/ }).click();
  await expect(page.getByText(/^Issue assigned to/)).toBeVisible();

  await page.getByRole("link", { name: "Activity" }).click();
  await page.getByLabel("Add a comment").fill("<b>Known</b>, see the runbook");
  await page.getByRole("button", { name: "Comment", exact: true }).click();
  await expect(page.getByText("<b>Known</b>, see the runbook")).toBeVisible();

  await page.getByRole("button", { name: "Archive" }).click();
  await page.getByRole("menuitem", { name: "Forever" }).click();
  await expect(page.getByText("Issue archived")).toBeVisible();
  await page.getByRole("button", { name: "Reopen" }).click();
  await expect(page.getByText("Issue reopened")).toBeVisible();
  await page
    .getByRole("button", { name: /^Resolve/ })
    .first()
    .click();
  await expect(page.getByText("Issue resolved")).toBeVisible();

  await page.reload();
  await expect(page.getByRole("button", { name: "Reopen" })).toBeVisible();
  for (const what of ["assigned it to", "archived it", "reopened it", "resolved it"]) {
    await expect(page.getByText(what).first()).toBeVisible();
  }
  await picture(page, "issue-life");
});

test("a new error appears in the open list by itself", async ({ page, organization }) => {
  const project = await organization.project("live");
  await project.errors("OldError");
  await page.goto(project.issues);
  await expect(issueRows(page)).toHaveText([/OldError/]);
  await project.errors("FreshError");
  await page.getByRole("button", { name: "1 new issue" }).click();
  await expect(issueRows(page)).toHaveText([/FreshError/, /OldError/]);
});

test("a filter is chosen from suggestions and lands in the address", async ({ page }) => {
  await page.goto("/acme/issues");
  await page.getByRole("combobox", { name: "Query" }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("leve");
  await page.getByRole("option", { name: /level:/ }).click();
  await page.getByRole("option", { name: "level:warning" }).click();
  await expect(page).toHaveURL(/q=is:unresolved\+level:warning/);
  await expect(issueRows(page).filter({ hasText: "Suspicious payment" })).toHaveCount(1);
});

test("dragging over the chart zooms the time range", async ({ page }) => {
  await page.goto("/acme/issues");
  const chart = page.getByRole("img", { name: /events; most/ });
  const box = await chart.boundingBox();
  if (box === null) throw new Error("the chart is not there");
  await page.mouse.move(box.x + box.width * 0.5, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 20, { steps: 5 });
  await page.mouse.up();
  await expect(page).toHaveURL(/from=.*to=/);
});

test("more than fit the screen are resolved at once", async ({ page, organization }) => {
  const project = await organization.project("many");
  await project.errors(...Array.from({ length: 60 }, (_, index) => `Error${index}`));
  await page.goto(project.issues);
  await page.getByRole("checkbox", { name: "Select all" }).check();
  await expect(page.getByText("50 selected")).toBeVisible();
  await page.getByRole("button", { name: "Select all 60 matching" }).click();
  await expect(page.getByText("60 selected")).toBeVisible();
  await picture(page, "select-all-matching");
  await page
    .getByRole("toolbar")
    .getByRole("button", { name: /^Resolve/ })
    .first()
    .click();
  await expect(page.getByText("60 issues resolved")).toBeVisible();
  await page.reload();
  await expect(page.getByRole("main")).toBeVisible();
  await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
  await expect(issueRows(page)).toHaveCount(0);
});

test("a merge is taken apart again", async ({ page, organization }) => {
  const project = await organization.project("merge");
  await project.errors("LeftError", "RightError");
  await page.goto(project.issues);
  const rows = issueRows(page);
  await expect(rows).toHaveCount(2);
  await page.getByRole("checkbox", { name: "Select all" }).check();
  await page.getByRole("button", { name: "Merge" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Merge" }).click();
  await expect(rows).toHaveCount(1);

  await rows.getByRole("link").click();
  await page
    .locator("section")
    .filter({ has: page.getByRole("heading", { name: "Why it is in this issue" }) })
    .getByRole("button", { name: "Show" })
    .click();
  await page.getByRole("checkbox", { name: /came with a merge/ }).check();
  await expectAccessible(page);
  await picture(page, "unmerge");
  await page.getByRole("button", { name: "Unmerge" }).click();
  await expect(page.getByText("1 fingerprint taken out")).toBeVisible();
  await expect(page.getByRole("checkbox", { name: /came with a merge/ })).toHaveCount(0);
  await page.goto(project.issues);
  await expect(rows).toHaveCount(2);
});

test("an issue is copied as Markdown", async ({ page, context, organization }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const project = await organization.project("markdown");
  await project.errors("CopiedError");
  await page.goto(project.issues);
  await issueRows(page).getByRole("link").click();
  await page.getByRole("button", { name: "Copy as Markdown" }).click();
  await expect(page.getByText("Summary copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^## CopiedError\n/);
});
