// Opens the wallet's page in headless Chromium and prints its trace. Usage: node browser_wallet.mjs PAGE_URL
import { chromium } from "playwright-core";

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const page = await browser.newPage();
  page.on("console", (message) => console.error(message.text()));
  await page.goto(process.argv[2]);
  console.log(await page.evaluate(() => window.traceSent()));
} finally {
  await browser.close();
}
