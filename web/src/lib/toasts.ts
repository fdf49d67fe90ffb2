import { Store } from "./store.ts";

export interface Toast {
  readonly id: number;
  readonly tone: "ok" | "error";
  readonly message: string;
  readonly undo?: (() => void) | undefined;
}

/** How long a message stays; also how long an action can be taken back. */
export const TOAST_MS = 8_000;
const TOASTS_MAX = 3;

export const toasts = new Store<readonly Toast[]>([]);
let lastId = 0;

export function toast(message: string, undo?: () => void): void {
  push({ id: nextId(), tone: "ok", message, undo });
}

export function toastError(message: string): void {
  push({ id: nextId(), tone: "error", message });
}

export function dismissToast(id: number): void {
  toasts.set(toasts.get().filter((one) => one.id !== id));
}

/** Takes the latest action back that still can be. */
export function undoLatest(): void {
  const latest = toasts.get().findLast((one) => one.undo !== undefined);
  if (latest === undefined) return;
  dismissToast(latest.id);
  latest.undo?.();
}

function push(one: Toast): void {
  toasts.set([...toasts.get().slice(1 - TOASTS_MAX), one]);
  setTimeout(() => dismissToast(one.id), TOAST_MS);
}

function nextId(): number {
  lastId += 1;
  return lastId;
}
