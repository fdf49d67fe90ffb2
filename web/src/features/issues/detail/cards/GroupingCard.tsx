import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { EventDetail } from "../../../../lib/api/event-types.ts";
import { groupingQuery } from "../../../../lib/api/events.ts";
import { type Variant, variantsOf } from "../../../../lib/grouping.ts";
import { t } from "../../../../lib/i18n.ts";
import { remote } from "../../../../lib/remote.ts";
import { Button } from "../../../../ui/Button/Button.tsx";
import { Card } from "../../../../ui/Card/Card.tsx";
import { Chip } from "../../../../ui/Chip/Chip.tsx";
import { explain } from "../../../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../../../ui/Skeleton/Skeleton.tsx";
import { Fingerprints } from "./Fingerprints.tsx";
import styles from "./GroupingCard.module.css";
import { GroupingTree } from "./GroupingTree.tsx";

interface Props {
  readonly org: string;
  readonly project: string;
  readonly issue: string;
  readonly event: EventDetail;
}

/** Why this event belongs to this issue. */
export function GroupingCard({ org, project, issue, event }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Card
      title={t("grouping")}
      flush={!isOpen}
      actions={
        <Button size="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? t("hide") : t("show")}
        </Button>
      }
    >
      {isOpen && <Explanation org={org} project={project} issue={issue} event={event} />}
    </Card>
  );
}

function Explanation({ org, project, issue, event }: Props) {
  const info = remote(useQuery(groupingQuery(org, project, event.eventID)));
  if (info.state === "loading") return <Skeleton lines={5} />;
  if (info.state === "failed") return <p>{explain(info.problem)}</p>;
  const variants = variantsOf(info.value);
  return (
    <>
      {variants.map((variant) => (
        <VariantView key={variant.key} variant={variant} />
      ))}
      {variants.length === 0 && <p>{t("grouping.none")}</p>}
      <Fingerprints org={org} issue={issue} />
    </>
  );
}

function VariantView({ variant }: { readonly variant: Variant }) {
  return (
    <div className={styles.variant}>
      <div className={styles.head}>
        <b>{variant.description}</b>
        {variant.contributes ? (
          <Chip tone="ok">{t("grouping.used")}</Chip>
        ) : (
          <Chip>{t("grouping.unused")}</Chip>
        )}
        {variant.hint !== "" && <span className={styles.hint}>{variant.hint}</span>}
        {variant.hash !== null && <code>{variant.hash}</code>}
      </div>
      {variant.component !== null && <GroupingTree component={variant.component} />}
    </div>
  );
}
