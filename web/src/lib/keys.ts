import { useEffect, useRef } from "react";
import type { MessageKey } from "./i18n.ts";
import { preferences } from "./preferences.ts";
import { Store, useStore } from "./store.ts";

/** One shortcut: `j`, `shift+j`, `mod+k` (ctrl, or cmd on a Mac), or two keys in a row: `g i`. */
export interface Shortcut {
  readonly keys: string;
  readonly label: MessageKey;
  readonly run: () => void;
}

const active = new Store<readonly Shortcut[]>([]);

/** How long the first key of a pair waits for the second. */
const PAIR_MS = 1_200;
let pending = "";
let pendingUntil = 0;

/** Puts shortcuts in force while the component is on screen; later ones win over earlier ones. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  const signature = shortcuts.map(({ keys }) => keys).join();
  useEffect(() => {
    const mine =
      signature === ""
        ? []
        : latest.current.map((shortcut, index) => ({
            ...shortcut,
            run: () => latest.current[index]?.run(),
          }));
    active.set([...active.get(), ...mine]);
    return () => active.set(active.get().filter((shortcut) => !mine.includes(shortcut)));
  }, [signature]);
}

/** Everything in force now, for the help. */
export function useActiveShortcuts(): readonly Shortcut[] {
  return useStore(active);
}

/** Listens to the keyboard once, for the whole page. */
export function listenToKeys(target: Window): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    const shortcut = resolve(event, Date.now());
    if (shortcut === undefined) return;
    event.preventDefault();
    shortcut.run();
  };
  target.addEventListener("keydown", onKeyDown);
  return () => target.removeEventListener("keydown", onKeyDown);
}

function resolve(event: KeyboardEvent, now: number): Shortcut | undefined {
  if (event.defaultPrevented || event.isComposing) return undefined;
  const pressed = chord(event);
  const combined = pressed.includes("mod+");
  if (!combined && (isTyping(event.target) || isModal())) return undefined;
  if ((pressed === "enter" || pressed === "space") && isControl(event.target)) return undefined;
  if (!combined && pressed.length === 1 && !preferences().letterKeys) return undefined;
  const pair = now < pendingUntil ? `${pending} ${pressed}` : "";
  pending = pressed;
  pendingUntil = now + PAIR_MS;
  const shortcuts = active.get();
  return (
    shortcuts.findLast(({ keys }) => keys === pair) ?? shortcuts.findLast(({ keys }) => keys === pressed)
  );
}

/** The pressed keys in our notation. Shift is only named with letters and named keys: `?` is `?`. */
export function chord(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">,
): string {
  const key = event.key === " " ? "space" : event.key.toLowerCase();
  const named = key.length > 1 || /[a-z]/.test(key);
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("mod");
  if (event.altKey) parts.push("alt");
  if (event.shiftKey && named) parts.push("shift");
  return [...parts, key].join("+");
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("[role=menu],[role=listbox]") !== null) return true;
  return target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");
}

/** Enter and space work what has the focus. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("a[href], button, summary, input, label") !== null;
}

function isModal(): boolean {
  return document.querySelector("dialog[open]") !== null;
}
