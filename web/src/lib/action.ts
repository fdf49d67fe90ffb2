import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Problem, problemOf } from "./remote.ts";
import { toast } from "./toasts.ts";

/** Something a person asked for that takes a moment and may fail. */
export interface Action {
  readonly busy: boolean;
  readonly problem: Problem | null;
  /** Runs the work, says so, and asks again for what it changed. Answers whether it worked. */
  readonly run: (work: () => Promise<unknown>, said?: string) => Promise<boolean>;
}

export function useAction(...changes: readonly QueryKey[]): Action {
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async (work: () => Promise<unknown>, said?: string) => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      if (said !== undefined) toast(said);
      await Promise.all(changes.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
      return true;
    } catch (error) {
      setProblem(problemOf(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, run };
}

/** One entry a line, for lists that are edited as text. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
