import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { MonitorConfig } from "../../lib/api/monitor-types.ts";
import { keysQuery } from "../../lib/api/projects.ts";
import { SNIPPETS, type SnippetId, snippetOf } from "../../lib/crons/snippets.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { CodeBlock } from "../../ui/CodeBlock/CodeBlock.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import styles from "./Crons.module.css";
import { say } from "./text.ts";

interface Props {
  readonly org: string;
  readonly project: string;
  readonly slug: string;
  readonly config: MonitorConfig;
}

/** How a job tells that it runs, to be copied. */
export function SnippetsCard({ org, project, slug, config }: Props) {
  const [chosen, setChosen] = useState<SnippetId>("cli");
  const { data: keys = [] } = useQuery({ ...keysQuery(org, project), enabled: project !== "" });
  const dsn = keys.find(({ isActive }) => isActive)?.dsn.public;
  return (
    <Card title={say("snippets")}>
      <div className={styles.form}>
        <div>
          <Segmented
            label={say("snippets")}
            options={SNIPPETS.map((value) => ({ value, label: say(`snippet.${value}`) }))}
            value={chosen}
            onChange={setChosen}
          />
        </div>
        {dsn === undefined ? (
          <p className={styles.quiet}>{say("snippets.noKey")}</p>
        ) : (
          <CodeBlock
            {...snippetOf(chosen, { slug: slug === "" ? "nightly-job" : slug, dsn, config })}
            label={say("snippets.copy")}
          />
        )}
      </div>
    </Card>
  );
}
