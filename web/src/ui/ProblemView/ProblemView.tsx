import { RefreshCw, TriangleAlert } from "lucide-react";
import { t } from "../../lib/i18n.ts";
import type { Problem } from "../../lib/remote.ts";
import { Button } from "../Button/Button.tsx";
import { Empty } from "../Empty/Empty.tsx";

interface Props {
  readonly problem: Problem;
  readonly onRetry?: () => void;
  /** The page has no other heading. */
  readonly main?: boolean;
}

/** Names what failed, what the server said about it, and offers to try again. */
export function ProblemView({ problem, onRetry, main = false }: Props) {
  return (
    <Empty
      tone="problem"
      main={main}
      icon={<TriangleAlert size={28} strokeWidth={1.6} />}
      title={t(`problem.${problem.kind}`)}
      text={explain(problem)}
      actions={
        onRetry !== undefined && (
          <Button onClick={onRetry}>
            <RefreshCw size={13} />
            {t("retry")}
          </Button>
        )
      }
    />
  );
}

/** One line about a problem, for toasts and forms. */
export function explain(problem: Problem): string {
  const fields = Object.values(problem.fields).flat();
  const said = problem.detail === "" ? fields.join(" ") : problem.detail;
  const parts = [said === "" ? t(`problem.${problem.kind}.text`) : said];
  if (problem.retryAfterSeconds !== null)
    parts.push(t("problem.wait", { seconds: problem.retryAfterSeconds }));
  if (problem.requestId !== null) parts.push(t("problem.request", { id: problem.requestId }));
  return parts.join(" ");
}
