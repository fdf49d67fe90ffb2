import type { ErrorComponentProps } from "@tanstack/react-router";
import { problemOf } from "../../lib/remote.ts";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";

/** A screen that could not be loaded or drawn. The rest of the page stays usable. */
export function ScreenError({ error, reset }: ErrorComponentProps) {
  return <ProblemView problem={problemOf(error)} onRetry={reset} />;
}
