import { randomUUID } from "node:crypto";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import {
  type APIRequestContext,
  type APIResponse,
  test as base,
  expect,
  type Locator,
  type Page,
} from "@playwright/test";

const PICTURES = path.resolve(import.meta.dirname, "../../../artifacts/screenshots");

/** Who logs in. */
export const PERSON = {
  email: process.env.PITWATCH_EMAIL ?? "",
  password: process.env.PITWATCH_PASSWORD ?? "",
};

const PAGE = 50;

type Cookies = Awaited<ReturnType<APIRequestContext["storageState"]>>;

interface Tests {
  /** What the browser complained about: errors in the console, violated policy, exceptions. Fails the test. */
  readonly complaints: string[];
  /** Those that a test brings about on purpose. */
  readonly expectedComplaints: readonly RegExp[];
  readonly organization: Organization;
}

interface Workers {
  readonly cookies: Cookies;
}

/** A test that is logged in and on a server of its own. */
export const test = base.extend<Tests, Workers>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are asked for from here
  baseURL: ({}, use) => use(process.env.PITWATCH_URL),
  cookies: [
    async ({ playwright }, use) => {
      const request = await playwright.request.newContext({ baseURL: process.env.PITWATCH_URL });
      await expect(await request.post("/auth/login", { data: PERSON })).toBeOK();
      await use(await request.storageState());
      await request.dispose();
    },
    { scope: "worker" },
  ],
  storageState: ({ cookies }, use) => use(cookies),
  expectedComplaints: [[], { option: true }],
  complaints: [
    async ({ page, expectedComplaints }, use) => {
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("dialog", (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`);
        return dialog.dismiss();
      });
      await use(complaints);
      const expected = (text: string) => expectedComplaints.some((pattern) => pattern.test(text));
      expect(complaints.filter((text) => !expected(text))).toEqual([]);
    },
    { auto: true },
  ],
  organization: async ({ request }, use) => {
    const bootstrap = await (await request.get("/api/ui/bootstrap")).json();
    const [{ slug }] = bootstrap.organizations;
    await use(new Organization(request, slug, bootstrap.csrfToken));
  },
});

export class Organization {
  constructor(
    private readonly request: APIRequestContext,
    readonly slug: string,
    private readonly csrf: string,
  ) {}

  /** A project that no other test knows, without the rule that new projects get. */
  async project(name: string): Promise<Project> {
    const answer = await this.request.post(`/api/0/organizations/${this.slug}/projects/`, {
      data: {
        name: `${name} ${randomUUID().slice(0, 8)}`,
        platform: "other",
        default_rules: false,
      },
      headers: { "X-CSRF-Token": this.csrf },
    });
    await expect(answer).toBeOK();
    const { id, slug }: { id: string; slug: string } = await answer.json();
    const keys = await this.request.get(`/api/0/projects/${this.slug}/${slug}/keys/`);
    const [key] = await keys.json();
    return new Project(this.request, this, id, slug, key.dsn.public);
  }

  /** Asks for something that changes what is there, as the pages do. */
  async change(method: "POST" | "PUT" | "DELETE", path: string, data: unknown = {}): Promise<APIResponse> {
    const answer = await this.request.fetch(`/api/0/${path}`, {
      method,
      data,
      headers: { "X-CSRF-Token": this.csrf },
    });
    await expect(answer).toBeOK();
    return answer;
  }

  /** Makes a way to hear of alerts that posts them to the address. */
  async channel(name: string, url: string): Promise<void> {
    const channel = { kind: "webhook", name, settings: { url }, secrets: {} };
    await this.change("POST", `organizations/${this.slug}/alert-channels/`, channel);
  }

  /** The same with a form of files, by their names. */
  async upload(path: string, files: readonly File[]): Promise<void> {
    const form = new FormData();
    for (const file of files) form.append("file", file);
    const headers = { "X-CSRF-Token": this.csrf };
    await expect(await this.request.post(`/api/0/${path}`, { multipart: form, headers })).toBeOK();
  }
}

export class Project {
  private readonly organization: string;

  constructor(
    private readonly request: APIRequestContext,
    readonly owner: Organization,
    readonly id: string,
    readonly slug: string,
    private readonly dsn: string,
  ) {
    this.organization = owner.slug;
  }

  /** The screen that lists its issues. */
  get issues(): string {
    return `/${this.organization}/issues?project=${this.id}`;
  }

  settings(page: string): string {
    return `/${this.organization}/settings/projects/${this.slug}/${page}`;
  }

  /** One error for each name, the last named the last seen; waits until as many as fit a page are listed. */
  async errors(...names: string[]): Promise<void> {
    const now = Date.now() / 1000;
    for (const [index, type] of names.entries()) {
      await this.send({
        timestamp: now - names.length + index,
        exception: { values: [{ type, value: `${type}, made by a test` }] },
        fingerprint: [type],
      });
    }
    await expect.poll(() => this.titles()).toEqual(expect.arrayContaining(names.slice(-PAGE)));
  }

  async send(event: Readonly<Record<string, unknown>>): Promise<void> {
    await send(this.request, this.dsn, event);
  }

  /** The screen that lists its spans. */
  get spans(): string {
    return `/${this.organization}/explore/traces?project=${this.id}`;
  }

  get endpoints(): string {
    return `/${this.organization}/endpoints?project=${this.id}`;
  }

  /** Another screen, of this project only. */
  screen(name: string): string {
    return `/${this.organization}/${name}?project=${this.id}`;
  }

  /** A rule that tells a channel of each new issue; what it finds opens an incident. */
  async symptomRule(name: string, channel: string): Promise<void> {
    await this.owner.change("POST", `projects/${this.organization}/${this.slug}/rules/`, {
      name,
      actionMatch: "any",
      filterMatch: "all",
      frequency: 30,
      conditions: [{ id: "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition" }],
      filters: [],
      actions: [
        {
          id: "sentry.rules.actions.notify_event_service.NotifyEventServiceAction",
          service: channel,
        },
      ],
      isSymptom: true,
    });
  }

  trace(id: string): string {
    return `/${this.organization}/traces/${id}`;
  }

  /** A transaction with its spans; waits until all of them can be found. */
  async transaction(
    trace: string,
    transaction: Readonly<Record<string, unknown>>,
    /** Other items in its envelope, by their types. */
    items: readonly (readonly [string, unknown])[] = [],
  ): Promise<void> {
    const event = { event_id: randomUUID().replaceAll("-", ""), type: "transaction", ...transaction };
    const all = [["transaction", event] as const, ...items];
    await this.envelope(all.map(([type, item]) => [{ type }, item]));
    const path = `/api/0/organizations/${this.organization}/trace-meta/${trace}/`;
    await expect
      .poll(async () => (await (await this.request.get(path)).json()).spansCount)
      .toBeGreaterThan(0);
  }

  /** Items with their headers, as an SDK sends them. */
  async envelope(items: readonly (readonly [header: object, item: unknown])[]): Promise<void> {
    const { protocol, host, username, pathname } = new URL(this.dsn);
    const lines = items.flatMap(([header, item]) => [JSON.stringify(header), JSON.stringify(item)]);
    const answer = await this.request.post(
      `${protocol}//${host}/api${pathname}/envelope/?sentry_key=${username}`,
      {
        headers: { "Content-Type": "application/x-sentry-envelope" },
        data: `{}\n${lines.join("\n")}\n`,
      },
    );
    await expect(answer).toBeOK();
  }

  /** What the API answers, read until it is as it should be. */
  async until<T>(path: string, isSo: (answer: T) => boolean): Promise<void> {
    await expect
      .poll(async () => isSo(await (await this.request.get(`/api/0/${path}`)).json()), { timeout: 30_000 })
      .toBe(true);
  }

  private async titles(): Promise<unknown[]> {
    const answer = await this.request.get(
      `/api/0/organizations/${this.organization}/issues/?project=${this.id}&limit=${PAGE}&query=`,
    );
    await expect(answer).toBeOK();
    const issues: { metadata: { type?: string } }[] = await answer.json();
    return issues.map((issue) => issue.metadata.type);
  }
}

/** What an SDK does, in short. */
export async function send(
  request: APIRequestContext,
  dsn: string,
  event: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { protocol, host, username, pathname } = new URL(dsn);
  const url = `${protocol}//${host}/api${pathname}/store/?sentry_key=${username}`;
  const answer = await request.post(url, { data: { platform: "other", level: "error", ...event } });
  await expect(answer).toBeOK();
}

/** The rows of the list, without its head. */
export function issueRows(page: Page): Locator {
  return page
    .getByRole("grid", { name: "Issues" })
    .getByRole("row")
    .filter({ has: page.getByRole("link") });
}

/** Nothing is under way, and no rule that a machine can check is broken, or none of `rules`. */
export async function expectAccessible(page: Page, rules?: string[]): Promise<void> {
  await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
  // Nothing is in frames and no rule reads style sheets, so that the quick way is enough.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ preload: false });
  const { violations } = await (rules === undefined ? axe : axe.withRules(rules)).analyze();
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`,
  );
  expect(found).toEqual([]);
}

/** Keeps a picture for people to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
}

/** All rules in the dark; in the light only what colours decide, as the page is otherwise the same. */
export async function inBothThemes(page: Page, name: string): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  await showTheme(page, "dark");
  await expectAccessible(page);
  await picture(page, `${name}-dark`);
  await showTheme(page, "light");
  await expectAccessible(page, ["color-contrast", "link-in-text-block"]);
  await picture(page, `${name}-light`);
}

async function showTheme(page: Page, theme: "dark" | "light"): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
}

export { expect };
