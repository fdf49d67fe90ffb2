import type { MetaTree } from "../../lib/api/event-types.ts";
import type { Json } from "../../lib/json.ts";
import { JsonTree } from "../JsonTree/JsonTree.tsx";
import { MaskedValue } from "../MaskedValue/MaskedValue.tsx";
import styles from "./KeyValues.module.css";

export interface KeyValue {
  readonly key: string;
  readonly value: Json;
  readonly meta?: MetaTree | undefined;
}

interface Props {
  readonly entries: readonly KeyValue[];
  /** Strings in quotes, as in code: for local variables. */
  readonly quoted?: boolean;
}

/** Names and values of any kind, names on the left. */
export function KeyValues({ entries, quoted = false }: Props) {
  return (
    <dl className={styles.list}>
      {entries.map(({ key, value, meta }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: headers may repeat their name
        <div key={`${key}-${index}`} style={{ display: "contents" }}>
          <dt>{key}</dt>
          <dd>
            {value === null || typeof value !== "object" ? (
              <MaskedValue value={value} meta={meta} quoted={quoted} />
            ) : (
              <JsonTree value={value} meta={meta} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
