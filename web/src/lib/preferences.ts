import { useSyncExternalStore } from "react";
import { isObject } from "./json.ts";
import { Store, useStore } from "./store.ts";
import { type FramesMode, oneOf } from "./urlstate.ts";

/** What a person likes on this device. Nothing secret: it lies in local storage. */
export interface Preferences {
  readonly theme: "system" | "dark" | "light";
  readonly density: "comfortable" | "compact";
  readonly frames: FramesMode;
  /** Single-letter shortcuts can be turned off (WCAG 2.1.4). */
  readonly letterKeys: boolean;
  readonly navCollapsed: boolean;
}

const KEY = "pitwatch.preferences";
const store = new Store<Preferences>(read());

export function usePreferences(): Preferences {
  return useStore(store);
}

export function preferences(): Preferences {
  return store.get();
}

export function prefer(change: Partial<Preferences>): void {
  const next = { ...store.get(), ...change };
  store.set(next);
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Storage may be full or off: the choice then lasts as long as the page.
  }
  show(next);
}

/** The theme that is on the screen now. */
export function shownTheme(theme: Preferences["theme"]): "dark" | "light" {
  if (theme !== "system") return theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** The same for what is painted: it changes when the page has changed its colours. */
export function useShownTheme(): string {
  return useSyncExternalStore(subscribeToTheme, () => document.documentElement.dataset.theme ?? "");
}

function subscribeToTheme(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}

/** Follows the system while the choice is "system". */
export function followSystemTheme(): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(store.get()));
}

function show({ theme, density }: Preferences): void {
  document.documentElement.dataset.theme = shownTheme(theme);
  document.documentElement.dataset.density = density;
}

function read(): Preferences {
  const stored = parse();
  return {
    theme: oneOf(["system", "dark", "light"], stored.theme) ?? "system",
    density: oneOf(["comfortable", "compact"], stored.density) ?? "comfortable",
    frames: oneOf(["app", "full", "raw"], stored.frames) ?? "app",
    letterKeys: stored.letterKeys !== false,
    navCollapsed: stored.navCollapsed === true,
  };
}

function parse(): { [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
