import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { hashesQuery } from "../../../../lib/api/issues.ts";
import { t } from "../../../../lib/i18n.ts";
import { Button } from "../../../../ui/Button/Button.tsx";
import { Checkbox } from "../../../../ui/Checkbox/Checkbox.tsx";
import { useUnmerge } from "../../actions/useUnmerge.ts";
import styles from "./Fingerprints.module.css";

interface Props {
  readonly org: string;
  readonly issue: string;
}

/** What the events of an issue have in common, and the way to take a merge apart. */
export function Fingerprints({ org, issue }: Props) {
  const hashes = useQuery(hashesQuery(org, issue)).data ?? [];
  const [ticked, setTicked] = useState<readonly string[]>([]);
  const unmerge = useUnmerge(org, issue);
  const [first] = hashes;
  if (first === undefined) return null;
  // What another person took out meanwhile is not asked for again.
  const chosen = ticked.filter((id) => hashes.some((hash) => hash.id === id));
  const tick = (id: string, on: boolean) =>
    setTicked(on ? [...chosen, id] : chosen.filter((one) => one !== id));
  return (
    <div className={styles.fingerprints}>
      <b>{t("fingerprints")}</b>
      {hashes.length === 1 ? (
        <p>
          {t("fingerprints.one")} <code>{first.id}</code>
        </p>
      ) : (
        <>
          <p>{t("fingerprints.lead")}</p>
          <ul className={styles.list}>
            {hashes.map(({ id, mergedFrom }) => (
              <li key={id}>
                <Checkbox
                  label={id}
                  hint={mergedFrom === null ? undefined : t("fingerprints.merged")}
                  checked={chosen.includes(id)}
                  onChange={(on) => tick(id, on)}
                />
              </li>
            ))}
          </ul>
          <Button
            size="small"
            disabled={chosen.length === 0 || chosen.length === hashes.length}
            onClick={() => void unmerge(chosen)}
          >
            {t("unmerge")}
          </Button>
        </>
      )}
    </div>
  );
}
