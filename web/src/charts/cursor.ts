import { Store } from "../lib/store.ts";

/** The moment that is pointed at on one chart and marked on all, in milliseconds since 1970. */
export const cursor = new Store<number | null>(null);
