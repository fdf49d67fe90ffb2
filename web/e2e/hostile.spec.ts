import { expect, issueRows, picture, test } from "./harness/test.ts";

test("script in an event is shown as text, everywhere, and runs nothing", async ({ page, organization }) => {
  const project = await organization.project("hostile");
  const frame = {
    function: "<script>alert(2)</script>",
    filename: "javascript:alert(3)",
    lineno: 1,
    in_app: true,
    context_line: "</script><script>alert(4)</script>",
    vars: { x: "<svg onload=alert(5)>" },
  };
  await project.send({
    exception: {
      values: [
        { type: "HostileError", value: "<img src=x onerror=alert(1)>", stacktrace: { frames: [frame] } },
      ],
    },
    tags: { html: "<b onclick=alert(6)>x</b>" },
    request: { url: "javascript:alert(7)" },
    breadcrumbs: { values: [{ category: "ui", message: "<iframe src=javascript:alert(8)>" }] },
  });
  await page.goto(project.issues);
  await issueRows(page).getByRole("link").click();
  for (const text of [
    "<img src=x onerror=alert(1)>",
    frame.function,
    frame.context_line,
    "<svg onload=alert(5)>",
    "<b onclick=alert(6)>x</b>",
    "<iframe src=javascript:alert(8)>",
  ]) {
    await expect(page.getByText(text).first()).toBeVisible();
  }
  await expect(page.locator("main :is(img, script, iframe, b[onclick], a[href^='javascript'])")).toHaveCount(
    0,
  );
  await picture(page, "hostile");
});
