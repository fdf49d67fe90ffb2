import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import type { EventDetail } from "../../../../lib/api/event-types.ts";
import { attachmentsQuery, attachmentUrl } from "../../../../lib/api/events.ts";
import { formatBytes } from "../../../../lib/format.ts";
import { t } from "../../../../lib/i18n.ts";
import { buttonClass } from "../../../../ui/Button/Button.tsx";
import { Card } from "../../../../ui/Card/Card.tsx";
import styles from "./Cards.module.css";

interface Props {
  readonly org: string;
  readonly project: string;
  readonly event: EventDetail;
}

/** Files that came with the event. They are only ever downloaded, never shown: anything may be in them. */
export function AttachmentsCard({ org, project, event }: Props) {
  const files = useQuery(attachmentsQuery(org, project, event.eventID)).data ?? [];
  if (files.length === 0) return null;
  return (
    <Card title={t("attachments")}>
      {files.map((file) => (
        <div key={file.id} className={styles.file}>
          <span title={`${file.name} (${file.mimetype})`}>{file.name}</span>
          <small>{formatBytes(file.size)}</small>
          <a
            className={buttonClass({ size: "small", icon: true })}
            href={attachmentUrl(org, project, event.eventID, file.id)}
            download={file.name}
            aria-label={t("attachments.download", { name: file.name })}
          >
            <Download size={13} />
          </a>
        </div>
      ))}
    </Card>
  );
}
