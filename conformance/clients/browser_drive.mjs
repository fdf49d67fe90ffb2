// Opens the page in headless Chromium and spins. Usage: node browser_drive.mjs PAGE_URL
import { chromium } from "playwright-core";

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const page = await browser.newPage();
  const answers = [];
  page.on("response", (response) => {
    if (response.url().includes("/envelope/")) answers.push(response.status());
  });
  await page.goto(process.argv[2]);
  await page.click("#spin");
  await page.evaluate(() => window.sentryDone());
  console.log(JSON.stringify(answers));
} finally {
  await browser.close();
}
