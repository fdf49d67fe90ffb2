import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { History } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { activityText } from "../../../lib/activity-text.ts";
import { activityQuery, addComment } from "../../../lib/api/issues.ts";
import type { Activity } from "../../../lib/api/types.ts";
import { t } from "../../../lib/i18n.ts";
import { problemOf, remote } from "../../../lib/remote.ts";
import { toastError } from "../../../lib/toasts.ts";
import { Avatar } from "../../../ui/Avatar/Avatar.tsx";
import { Button } from "../../../ui/Button/Button.tsx";
import { Card } from "../../../ui/Card/Card.tsx";
import { Empty } from "../../../ui/Empty/Empty.tsx";
import { explain, ProblemView } from "../../../ui/ProblemView/ProblemView.tsx";
import { RelativeTime } from "../../../ui/RelativeTime/RelativeTime.tsx";
import { Skeleton } from "../../../ui/Skeleton/Skeleton.tsx";
import { TextField } from "../../../ui/TextField/TextField.tsx";
import styles from "./ActivityTab.module.css";

const route = getRouteApi("/$org/issues/$shortId");

/** Who did what to the issue, and what people say about it. */
export function ActivityTab() {
  const { org, shortId } = route.useParams();
  const activity = remote(useQuery(activityQuery(org, shortId)), (list) => list.length === 0);
  return (
    <div className={styles.page}>
      <CommentForm org={org} issue={shortId} />
      <Card flush title={t("tab.activity")}>
        {activity.state === "loading" && <Skeleton lines={6} />}
        {activity.state === "failed" && <ProblemView problem={activity.problem} onRetry={activity.retry} />}
        {activity.state === "empty" && (
          <Empty icon={<History size={26} strokeWidth={1.6} />} title={t("activity.none")} />
        )}
        {activity.state === "ready" && (
          <div>
            {activity.value.map((one) => (
              <Row key={one.id} activity={one} />
            ))}
          </div>
        )}
      </Card>
    </div>
  );
}

function Row({ activity }: { readonly activity: Activity }) {
  const name = activity.user?.name ?? activity.user?.email ?? "Pitwatch";
  const note = activity.type === "note" && typeof activity.data.text === "string" ? activity.data.text : null;
  return (
    <div className={styles.row}>
      <Avatar of={{ name }} />
      <div className={styles.text}>
        <b>{name}</b> {activityText(activity)}
        {note !== null && <div className={styles.note}>{note}</div>}
      </div>
      <span className={styles.time}>
        <RelativeTime time={activity.dateCreated} sentence />
      </span>
    </div>
  );
}

function CommentForm({ org, issue }: { readonly org: string; readonly issue: string }) {
  const queryClient = useQueryClient();
  const [text, setText] = useState("");
  const adding = useMutation({
    mutationFn: () => addComment(org, issue, text),
    onSuccess: async () => {
      setText("");
      await queryClient.invalidateQueries({ queryKey: ["activity", org, issue] });
      await queryClient.invalidateQueries({ queryKey: ["issue", org, issue] });
    },
    onError: (error) => toastError(explain(problemOf(error))),
  });
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (text.trim() !== "" && !adding.isPending) adding.mutate();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
  };
  return (
    <form className={styles.form} onSubmit={submit} onKeyDown={onKeyDown}>
      <TextField label={t("comment.label")} rows={3} value={text} onChange={setText} />
      <Button type="submit" variant="primary" disabled={text.trim() === "" || adding.isPending}>
        {t("comment.add")}
      </Button>
    </form>
  );
}
