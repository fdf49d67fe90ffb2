// Opens a page in headless Chromium, clicks on something, and waits until the SDK has sent what it has.
// Usage: node browser_click.mjs PAGE_URL SELECTOR
import { chromium } from "playwright-core";

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const page = await browser.newPage();
  page.on("console", (message) => console.error(message.text()));
  await page.goto(process.argv[2]);
  await page.click(process.argv[3]);
  await page.evaluate(() => window.sentryDone());
} finally {
  await browser.close();
}
