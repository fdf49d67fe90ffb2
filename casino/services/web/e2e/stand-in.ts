// What the tests ask the stand-in for the gateway, and what they check on every page.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

interface Item {
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the SDK sent
  payload: any;
}

export interface Span {
  trace_id: string;
  span_id: string;
  parent_span_id?: string;
  name: string;
  /** Seconds since 1970. */
  start_timestamp: number;
  end_timestamp: number;
  attributes: Record<string, { value: unknown }>;
}

export async function sentItems(page: Page, type: string): Promise<Item[]> {
  const items: Item[] = await (await page.request.get("/mock/envelopes")).json();
  return items.filter((item) => item.type === type);
}

export async function sentSpans(page: Page, trace: string): Promise<Span[]> {
  const items = await sentItems(page, "span");
  return items.flatMap(({ payload }) => payload.items as Span[]).filter((span) => span.trace_id === trace);
}

export async function requests(
  page: Page,
  path: string,
): Promise<{ method: string; fault: string; trace?: string }[]> {
  const all: { method: string; path: string; fault: string; trace?: string }[] = await (
    await page.request.get("/mock/requests")
  ).json();
  return all.filter((request) => request.path === path);
}

/** Nothing the eye or a screen reader stumbles over, and nothing wider than the window. */
export async function checkPage(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa"]).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual(
    [],
  );
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
  ).toBeLessThanOrEqual(0);
  await expect(page.getByText("Play money only.")).toBeVisible();
}
