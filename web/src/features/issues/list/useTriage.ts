import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Issue } from "../../../lib/api/types.ts";

/** Where the keyboard is in the list, and what is ticked. */
export interface Triage {
  readonly cursor: number | null;
  /** The cursor was moved by a person, so the list may scroll to it. */
  readonly moved: boolean;
  readonly selected: ReadonlySet<string>;
  /** Moves the cursor and answers where it is now. */
  readonly move: (step: number, extend: boolean) => Issue | undefined;
  readonly select: (id: string, on: boolean) => void;
  readonly selectAll: (on: boolean) => void;
  /** The whole list is ticked, also what is not loaded yet. */
  readonly whole: boolean;
  readonly selectWhole: () => void;
  readonly peek: (issue: Issue) => void;
  readonly current: Issue | undefined;
  /** What an action applies to: the ticked issues, else the one under the cursor. */
  readonly targets: readonly Issue[];
  readonly clear: () => void;
}

/**
 * `list` says which list the issues are of; `peeked` is the short id of the issue in the peek panel, where
 * the keyboard starts.
 */
export function useTriage(
  issues: readonly Issue[],
  list: string,
  peeked: string | undefined,
  onPeek: (issue: Issue) => void,
): Triage {
  const [placed, setCursor] = useState<number | null>(null);
  const start = issues.findIndex((issue) => issue.shortId === peeked);
  const cursor = placed ?? (start === -1 ? null : start);
  const [moved, setMoved] = useState(false);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  // The list it was said of: another one starts with nothing ticked.
  const [wholeList, setWholeList] = useState<string | null>(null);
  const whole = wholeList === list;
  const latest = useRef({ issues, onPeek });
  latest.current = { issues, onPeek };

  // What left the list cannot stay ticked: nobody would see what an action does.
  useEffect(() => {
    if (issues.length === 0) setWholeList(null);
    setSelected((before) => {
      const kept = issues.filter((issue) => whole || before.has(issue.id)).map((issue) => issue.id);
      return kept.length === before.size ? before : new Set(kept);
    });
    setCursor((before) => (before !== null && before >= issues.length ? issues.length - 1 : before));
  }, [issues, whole]);

  const select = useCallback((id: string, on: boolean) => {
    setWholeList(null);
    setSelected((before) => {
      const after = new Set(before);
      if (on) after.add(id);
      else after.delete(id);
      return after;
    });
  }, []);
  const selectAll = useCallback((on: boolean) => {
    setWholeList(null);
    setSelected(new Set(on ? latest.current.issues.map((issue) => issue.id) : []));
  }, []);
  const selectWhole = useCallback(() => setWholeList(list), [list]);
  const peek = useCallback((issue: Issue) => {
    setMoved(false);
    setCursor(latest.current.issues.findIndex((one) => one.id === issue.id));
    latest.current.onPeek(issue);
  }, []);
  const clear = useCallback(() => selectAll(false), [selectAll]);

  const current = cursor === null ? undefined : issues[cursor];
  const move = (step: number, extend: boolean) => {
    const next = cursor === null ? 0 : Math.max(0, Math.min(issues.length - 1, cursor + step));
    if (extend) for (const at of [cursor, next]) select(issues[at ?? 0]?.id ?? "", true);
    setMoved(true);
    setCursor(next);
    return issues[next];
  };
  const targets = useMemo(() => {
    if (selected.size > 0) return issues.filter((issue) => selected.has(issue.id));
    return current === undefined ? [] : [current];
  }, [issues, selected, current]);
  return {
    cursor,
    moved,
    selected,
    move,
    select,
    selectAll,
    whole,
    selectWhole,
    peek,
    current,
    targets,
    clear,
  };
}
