import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import { api, type Query } from "./client.ts";

/** What a form begins with is asked for anew each time: a form that began with old values would save them again. */
export const FORM_GC_MS = 0;

/** A list that the server gives page by page. `key` says which, so that it can be asked for again. */
export function pagesQuery<Item>(key: readonly string[], path: string, asked: Query = {}) {
  return infiniteQueryOptions({
    queryKey: [...key, asked],
    initialPageParam: "",
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      api.page<Item>(path, { ...asked, cursor: pageParam === "" ? undefined : pageParam }, signal),
    getNextPageParam: (page) => page.next,
  });
}
