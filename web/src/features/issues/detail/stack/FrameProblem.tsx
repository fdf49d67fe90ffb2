import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import type { FrameProblem } from "../../../../lib/frame-problems.ts";
import { t } from "../../../../lib/i18n.ts";
import styles from "./FrameRow.module.css";
import type { Origin } from "./origin.ts";

interface Props {
  readonly problem: FrameProblem;
  readonly origin: Origin;
}

/** Why the frame is not readable, and where uploads are explained. */
export function FrameProblemNote({ problem, origin: { org, project } }: Props) {
  return (
    <div className={styles.problem}>
      <TriangleAlert size={14} aria-hidden="true" />
      <span>
        {sentence(problem.message)}{" "}
        <Link
          to="/$org/settings/projects/$project/uploads"
          params={{ org, project }}
          search={problem.type.startsWith("js_") ? {} : { kind: "debug" }}
          preload={false}
        >
          {t("frame.problem.guide")}
        </Link>
      </span>
    </div>
  );
}

/** The server's words stand after others and have no full stop. */
function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
