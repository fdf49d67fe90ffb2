// The start of the back office: settings, SDK when there is a DSN, then the page.
import { reactErrorHandler } from "@sentry/react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { loadSettings } from "./settings";
import { startWatch } from "./watch";
import "./style.css";

const settings = await loadSettings();
const watched = startWatch(settings);
const place = document.getElementById("root");
if (place === null) throw new Error("The page has no place for the back office.");

const root = createRoot(place, watched ? { onUncaughtError: reactErrorHandler() } : {});
root.render(<App pitwatch={settings.pitwatch} />);
