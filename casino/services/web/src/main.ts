// The start: settings from the gateway, then the SDK when there is a DSN, then the page, so that the SDK sees its loading.
import { bootstrapApplication } from "@angular/platform-browser";
import { App } from "./app/app";
import { appConfig } from "./app/app.config";
import { loadSettings, type Settings } from "./app/settings";
import { silentWatch, type Watch } from "./app/watch/watch";

async function chooseWatch(settings: Settings): Promise<Watch> {
  if (settings.dsn === "") return silentWatch;
  try {
    const { startSentry } = await import("./app/watch/sentry");
    return startSentry(settings);
  } catch {
    // A chunk that did not arrive or a DSN nobody can read must not cost the player the page.
    return silentWatch;
  }
}

const settings = await loadSettings();
const watch = await chooseWatch(settings);
await bootstrapApplication(App, appConfig(settings, watch));
