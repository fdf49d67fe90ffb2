import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { repository, requests, sessions, tell, uploadBundle, uploadFile } from "./harness/releases.ts";
import {
  expect,
  expectAccessible,
  inBothThemes,
  issueRows,
  type Organization,
  type Project,
  picture,
  test,
} from "./harness/test.ts";

const FRAMES = [
  { filename: "app/main.py", function: "serve", lineno: 12, in_app: true },
  {
    filename: "app/bets.py",
    abs_path: "/srv/app/bets.py",
    function: "settle",
    lineno: 3,
    in_app: true,
    pre_context: ["def settle(bet):", "    odds = book.odds(bet.game)"],
    context_line: "    return bet.stake / odds",
    post_context: [""],
  },
];

/** Two releases of an app, the second of which is worse in every way that is counted. */
async function shop(organization: Organization) {
  const project = await organization.project("shop");
  const package_ = `shop-${randomUUID().slice(0, 6)}`;
  const [before, after] = [`${package_}@1.4.0`, `${package_}@1.5.0`];
  const repo = `acme/${package_}`;
  await repository(organization, repo);
  await tell(project, before, {
    repository: repo,
    commits: [{ message: "Open the shop", files: ["src/app/main.py"] }],
    age: 80,
    deploys: { staging: 78, production: 76 },
  });
  const [culprit = ""] = await tell(project, after, {
    repository: repo,
    commits: [
      { message: "Divide stakes by odds\n\nAs finance asked.", files: ["src/app/bets.py"], by: "ben" },
      { message: "Write the manual", files: ["docs/manual.md", "README.md"] },
    ],
    age: 6,
    deploys: { staging: 5, production: 3 },
  });
  return { project, before, after, repo, culprit };
}

async function fails(project: Project, release: string, type = "StakeError"): Promise<void> {
  await project.send({
    platform: "python",
    release,
    environment: "production",
    exception: { values: [{ type, value: "the stake is zero", stacktrace: { frames: FRAMES } }] },
    fingerprint: [type],
  });
  await project.until<readonly { metadata: { type?: string } }[]>(
    `organizations/${project.owner.slug}/issues/?project=${project.id}&query=`,
    (issues) => issues.some(({ metadata }) => metadata.type === type),
  );
}

function address(organization: Organization, version: string, below = ""): string {
  return `/${organization.slug}/releases/${encodeURIComponent(version)}${below}`;
}

test("releases are listed with health, deploys and authors, searched, sorted and archived", async ({
  page,
  organization,
}) => {
  const { project, before, after } = await shop(organization);
  await sessions(project, before, { hours: [70, 1], perHour: 40, crashed: 0.002 });
  await sessions(project, after, { hours: [6, 0], perHour: 60, crashed: 0.08 });
  await fails(project, after);
  await page.goto(project.screen("releases"));
  const table = page.getByRole("table", { name: "Releases" });
  await expect(table.getByRole("row")).toHaveCount(3);
  const newest = table.getByRole("row").filter({ hasText: "1.5.0" });
  await expect(newest).toContainText("2 commits");
  await expect(newest.getByRole("img", { name: "Ben Bitdiddle" })).toBeVisible();
  await expect(newest).toContainText("production");
  await expect(newest).toContainText("staging");
  await expect(newest).toContainText(/9\d(\.\d+)?%/);
  await expect(newest).toContainText(/−\d+(\.\d+)? pp/);
  await inBothThemes(page, "releases");

  await page.getByRole("searchbox", { name: "Find a version" }).fill("1.4");
  await expect(page).toHaveURL(/q=1\.4/);
  await expect(table.getByRole("row")).toHaveCount(2);
  await page.getByRole("searchbox", { name: "Find a version" }).fill("9.9.9");
  await expect(page.getByRole("heading", { name: "No release fits" })).toBeVisible();
  await page.getByRole("button", { name: "Clear all filters" }).click();

  await page.goto(project.screen("releases"));
  await page.getByRole("radio", { name: "Version", exact: true }).click();
  await expect(page).toHaveURL(/sort=semver/);
  await page.getByRole("radio", { name: "Newest" }).click();

  await table.getByRole("link", { name: "1.4.0" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /1\.4\.0/ })).toBeVisible();
  await page.getByRole("button", { name: "Archive" }).click();
  await expect(page.getByText("Release archived")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("button", { name: "Archive" })).toBeVisible();
  await page.getByRole("button", { name: "Archive" }).click();
  await expect(page.getByRole("button", { name: "Restore" })).toBeVisible();
  await page.goto(`${project.screen("releases")}&status=archived`);
  await expect(table.getByRole("row")).toHaveCount(2);
  await expect(table).toContainText("1.4.0");
});

test("a release shows its health over time, its issues and where it runs", async ({ page, organization }) => {
  const { project, before, after } = await shop(organization);
  await sessions(project, before, { hours: [70, 1], perHour: 40, crashed: 0.002 });
  await sessions(project, after, { hours: [6, 0], perHour: 60, crashed: 0.08 });
  await fails(project, after);
  await page.goto(address(organization, after, `?t=7d&project=${project.id}`));
  await expect(page.getByRole("img", { name: /^Crash-free/ })).toBeVisible();
  await expect(page.getByRole("img", { name: /^Sessions by how they ended/ })).toBeVisible();
  await expect(page.getByRole("img", { name: /^Adoption/ })).toBeVisible();
  const issues = page.getByRole("region", { name: "New issues" });
  await expect(issues.getByText("StakeError")).toBeVisible();
  await expect(page.getByRole("region", { name: "Deploys" })).toContainText("production");
  await inBothThemes(page, "release");

  // Marks on the chart lead to the release that was deployed then.
  const mark = page.getByRole("link", { name: /1\.4\.0 deployed to (production|staging)/ }).first();
  await mark.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: /1\.4\.0/ })).toBeVisible();
});

test("what a release changed is told from noise, beside the release one chooses", async ({
  page,
  organization,
}) => {
  const { project, before, after } = await shop(organization);
  const calm = { name: "GET /lobby", failing: 0.03, seconds: 0.05 };
  await requests(
    project,
    before,
    [
      { name: "POST /spin", failing: 0.02, seconds: 0.05 },
      { name: "POST /deposit", failing: 0.02, seconds: 0.1 },
      calm,
    ],
    400,
  );
  await requests(
    project,
    after,
    [
      { name: "POST /spin", failing: 0.02, seconds: 0.12 },
      { name: "POST /deposit", failing: 0.3, seconds: 0.1 },
      calm,
    ],
    480,
  );
  await page.goto(address(organization, after, `?tab=compare&t=24h&project=${project.id}`));
  const endpoints = page.getByRole("table", { name: "Endpoints" });
  await expect(endpoints.getByRole("row")).toHaveCount(4);
  const row = (name: string) => endpoints.getByRole("row").filter({ hasText: name });
  await expect(row("POST /spin")).toContainText("Duration: Worse");
  await expect(row("POST /spin")).toContainText("by Mann–Whitney’s test of ranks");
  await expect(row("POST /deposit")).toContainText("Failures: Worse");
  await expect(row("GET /lobby")).toContainText("Duration: Noise");
  const measured = page.getByRole("table", { name: "Business measurements" });
  await expect(measured.getByRole("row").filter({ hasText: "payout" })).toContainText("Significant");
  await inBothThemes(page, "release-compare");

  await page.getByRole("radio", { name: "Significant only" }).click();
  await expect(page).toHaveURL(/only=significant/);
  await expect(row("GET /lobby")).toHaveCount(0);
  await page.getByRole("button", { name: "Compare with" }).click();
  await page.getByRole("menuitemradio", { name: before }).click();
  await expect(page).toHaveURL(/previous=/);
  await page.reload();
  await expect(row("POST /spin")).toBeVisible();
});

test("commits lead to the host, artifacts are listed, downloaded and deleted", async ({
  page,
  organization,
}) => {
  const { project, after, repo, culprit } = await shop(organization);
  const debugId = randomUUID();
  await uploadBundle(project, after, debugId);
  await uploadFile(project, after, "~/assets/old.js");

  await page.goto(address(organization, after, "?tab=commits"));
  await expect(page.getByText("Divide stakes by odds")).toBeVisible();
  const commit = page.getByRole("link", { name: culprit.slice(0, 8) });
  await expect(commit).toHaveAttribute("href", `https://gitlab.example.com/${repo}/-/commit/${culprit}`);
  await expect(page.getByRole("link", { name: "src/app/bets.py" })).toHaveAttribute(
    "href",
    `https://gitlab.example.com/${repo}/-/blob/${culprit}/src/app/bets.py`,
  );
  await inBothThemes(page, "release-commits");

  await page.getByRole("link", { name: "Artifacts" }).click();
  await expect(page).toHaveURL(/tab=artifacts/);
  const parts = page.getByRole("navigation", { name: "Parts of the release" });
  await expect(parts.locator("[aria-current=page]")).toHaveText("Artifacts");
  const bundles = page.getByRole("table", { name: "Source maps" });
  await bundles.getByRole("button", { name: debugId, exact: true }).click();
  await expect(bundles.getByText("app.min.js").first()).toBeVisible();
  await inBothThemes(page, "release-artifacts");
  const downloading = page.waitForEvent("download");
  await bundles.getByRole("link", { name: "Download app.min.js" }).click();
  const file = await (await downloading).path();
  expect(await readFile(file, "utf8")).toContain("spin();");

  const files = page.getByRole("table", { name: "Single files" });
  await files.getByRole("button", { name: "Delete ~/assets/old.js" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No single files were uploaded.")).toBeVisible();

  await page.goto(project.settings("uploads"));
  await expect(bundles.getByRole("button", { name: debugId, exact: true })).toBeVisible();
  await inBothThemes(page, "uploads");
  await page.getByRole("searchbox").fill("nothing-like-it");
  await expect(page.getByText("Nothing fits.")).toBeVisible();
  await page.getByRole("searchbox").fill("");
  await bundles.getByRole("button", { name: `Delete ${debugId}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No source maps were uploaded.")).toBeVisible();
  await page.getByRole("radio", { name: "Debug files" }).click();
  await expect(page).toHaveURL(/kind=debug/);
  await expect(page.getByText("No debug files were uploaded.")).toBeVisible();
});

test("an issue names its suspect commit, and its frames lead to their lines", async ({
  page,
  organization,
}) => {
  const { project, after, repo, culprit } = await shop(organization);
  await fails(project, after);
  await page.goto(project.issues);
  await issueRows(page).first().getByRole("link").click();
  const suspect = page.getByRole("region", { name: "Suspect commit" });
  await expect(suspect).toContainText("Divide stakes by odds");
  await expect(suspect).toContainText("Ben Bitdiddle");
  await expect(suspect.getByRole("link", { name: culprit.slice(0, 8) })).toBeVisible();
  await suspect.getByRole("button", { name: "Other suspects" }).click();
  await expect(suspect).toContainText("Open the shop");

  // The frame says what is missing, and leads to where that is put right.
  await page.getByRole("link", { name: "Add a code mapping" }).click();
  await expect(page.getByRole("heading", { name: "Code mappings", level: 2 }).first()).toBeVisible();
  await page.getByLabel("Beginning of a frame’s path").fill("app/");
  await page.getByLabel("Stands for, in the repository").fill("src/app/");
  await page.getByRole("button", { name: "Repository", exact: true }).click();
  await page.getByRole("menuitemradio", { name: repo }).click();
  await page.getByRole("button", { name: "Add code mapping" }).click();
  await expect(page.getByText("Saved").first()).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: repo })).toBeVisible();
  await page.getByLabel("Path of a frame").fill("app/bets.py");
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await expect(page.getByText(`src/app/bets.py in ${repo}:`)).toBeVisible();
  await inBothThemes(page, "code-mappings");
  const mapping = page.getByRole("row").filter({ hasText: repo });
  await mapping.getByRole("button", { name: "Change" }).click();
  await page.getByLabel("Branch").first().fill("trunk");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(mapping.getByText("trunk")).toBeVisible();

  await page.goto(project.issues);
  await issueRows(page).first().getByRole("link").click();
  const line = page.getByRole("link", { name: "Open in GitLab" }).first();
  await expect(line).toHaveAttribute(
    "href",
    `https://gitlab.example.com/${repo}/-/blob/${culprit}/src/app/bets.py#L3`,
  );
  await inBothThemes(page, "issue-suspect");

  await page.getByRole("button", { name: "Other ways to resolve" }).click();
  await page.getByRole("menuitem", { name: "In a commit…" }).click();
  const dialog = page.getByRole("dialog", { name: "In which commit is it put right?" });
  const repositories = dialog.getByLabel("Repository");
  if ((await repositories.count()) > 0) await repositories.selectOption({ label: repo });
  await dialog.getByLabel("Find a commit").fill("manual");
  await expectAccessible(page);
  await picture(page, "resolve-in-commit");
  await dialog.getByRole("button", { name: /Write the manual/ }).click();
  await expect(page.getByText(/Resolved in commit [0-9a-f]{8}/)).toBeVisible();
});

test("a repository is added, gets a webhook, and is removed", async ({ page }) => {
  const name = `acme/hooked-${randomUUID().slice(0, 6)}`;
  await page.goto("/acme/settings/repositories");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Address", { exact: true }).fill(`https://github.com/${name}`);
  await page.getByRole("button", { name: "Add repository" }).click();
  const card = page.getByRole("region", { name });
  await expect(card.getByText("GitHub", { exact: true })).toBeVisible();
  await inBothThemes(page, "repositories");
  await card.getByRole("button", { name: "Make webhook" }).click();
  const dialog = page.getByRole("dialog", { name: "Your new webhook" });
  await expect(dialog.getByRole("textbox", { name: "Address" })).toHaveValue(/\/api\/0\/hooks\//);
  await expect(dialog.getByRole("textbox", { name: "Secret" })).not.toHaveValue("");
  await expectAccessible(page);
  await picture(page, "webhook-once");
  await page.keyboard.press("Escape");
  await expect(card.getByText("Webhook", { exact: true })).toBeVisible();
  await card.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByRole("dialog").getByRole("textbox").fill(name);
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(card).toHaveCount(0);
});

test("a token for builds is shown once, and revoked", async ({ page }) => {
  const name = `ci ${randomUUID().slice(0, 6)}`;
  await page.goto("/acme/settings/build-tokens");
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Create token" }).click();
  const dialog = page.getByRole("dialog", { name: "Your new token" });
  await expect(dialog.getByRole("textbox")).toHaveValue(/^sntrys_/);
  await page.keyboard.press("Escape");
  const row = page.getByRole("row").filter({ hasText: name });
  await expect(row).toContainText("sntrys_…");
  await inBothThemes(page, "build-tokens");
  await row.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(row).toHaveCount(0);
});

test("releases without data say what they need", async ({ page, organization }) => {
  const project = await organization.project("no releases");
  const version = `bare-${randomUUID().slice(0, 6)}@1.0.0`;
  await organization.change("POST", `organizations/${organization.slug}/releases/`, {
    version,
    projects: [project.slug],
  });
  for (const [tab, said] of [
    ["", "No sessions in this time"],
    ["?tab=compare", "Nothing to compare with"],
    ["?tab=commits", "This release has no commits"],
    ["?tab=artifacts", "No source maps were uploaded."],
  ] as const) {
    await page.goto(address(organization, version, tab));
    await expect(page.getByText(said).first()).toBeVisible();
    await expectAccessible(page);
  }
  const other = await organization.project("nothing at all");
  await page.goto(other.screen("releases"));
  await expect(page.getByRole("heading", { name: "No releases yet" })).toBeVisible();
  await expect(page.getByText(`SENTRY_PROJECT=${other.slug}`)).toBeVisible();
  await inBothThemes(page, "releases-none");
  await page.getByRole("button", { name: "Let the build tell the rest" }).click();
  await expect(page.getByText("Copied")).toBeVisible();
});

test.describe("a release that is not there", () => {
  test.use({ expectedComplaints: [/status of 404/] });

  test("says so, and leads back", async ({ page }) => {
    await page.goto("/acme/releases/nobody@9.9.9");
    await expect(page.getByRole("heading", { name: "This release is not known" })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("link", { name: "All releases" }).click();
    await expect(page).toHaveURL(/\/acme\/releases$/);
  });
});
