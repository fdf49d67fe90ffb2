import { useState } from "react";
import { useAction } from "../../lib/action.ts";
import { kindName, valuesOf } from "../../lib/alerts/channels.ts";
import { say } from "../../lib/alerts/text.ts";
import type { Channel, ChannelTest } from "../../lib/api/alert-types.ts";
import { channelsQuery, deleteChannel, testChannel } from "../../lib/api/alerts.ts";
import { formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog/ConfirmDialog.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import styles from "./Page.module.css";

interface Props {
  readonly org: string;
  readonly channel: Channel;
  readonly onEdit: () => void;
}

export function ChannelRow({ org, channel, onEdit }: Props) {
  const action = useAction(channelsQuery(org).queryKey);
  const [asking, setAsking] = useState(false);
  const [tested, setTested] = useState<ChannelTest | null>(null);
  const { id, name, kind, secrets } = channel;
  return (
    <tr>
      <td>
        <b>{name}</b>
        <div className={styles.quiet}>{kindName(kind)}</div>
        {tested !== null && <Tested test={tested} />}
        <FormProblem problem={action.problem} />
      </td>
      <td>
        {Object.entries(valuesOf(channel)).map(([setting, value]) => (
          <div key={setting} className={styles.quiet}>
            {setting}: {value}
          </div>
        ))}
      </td>
      <td className={styles.quiet}>{secrets.length === 0 ? "—" : secrets.join(", ")}</td>
      <td>
        <span className={styles.end}>
          <Button
            size="small"
            disabled={action.busy}
            onClick={() => void action.run(async () => setTested(await testChannel(org, id)))}
          >
            {say("channel.test")}
          </Button>
          <Button size="small" onClick={onEdit}>
            {say("edit")}
          </Button>
          <Button size="small" disabled={action.busy} onClick={() => setAsking(true)}>
            {say("rule.delete")}
          </Button>
        </span>
        {asking && (
          <ConfirmDialog
            title={say("rule.delete.title", { name })}
            text={say("channel.delete.text")}
            action={say("rule.delete")}
            onConfirm={() => void action.run(() => deleteChannel(org, id), t("saved"))}
            onClose={() => setAsking(false)}
          />
        )}
      </td>
    </tr>
  );
}

/** What the other side said to a test. */
function Tested({ test: { delivered, status, answer, millis } }: { readonly test: ChannelTest }) {
  return (
    <div role="status">
      <Chip tone={delivered ? "ok" : "error"}>{say(delivered ? "channel.delivered" : "channel.failed")}</Chip>{" "}
      <span className={styles.quiet}>
        {[status ?? "", answer, formatDuration(millis)].filter((text) => text !== "").join(" · ")}
      </span>
    </div>
  );
}
