import type { Problem } from "../../lib/remote.ts";
import { explain } from "../ProblemView/ProblemView.tsx";
import styles from "./FormProblem.module.css";

/** Why a form was not accepted, beside its button. */
export function FormProblem({ problem }: { readonly problem: Problem | null }) {
  if (problem === null) return null;
  return (
    <div role="alert" className={styles.problem}>
      {explain(problem)}
    </div>
  );
}
