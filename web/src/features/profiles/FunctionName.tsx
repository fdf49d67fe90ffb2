import { nameOf } from "../../charts/FlameGraph.tsx";
import { hueOf } from "../../charts/useFlamePainting.ts";
import type { ProfiledFunction } from "../../lib/api/profile-types.ts";
import { t } from "../../lib/i18n.ts";
import styles from "./Profiles.module.css";

interface Props {
  /** `undefined` for what was too small to be kept. */
  readonly of: ProfiledFunction | undefined;
}

/** A function with its module, in the colour it has in the flame graph. */
export function FunctionName({ of }: Props) {
  const place = of === undefined ? "" : of.module === "" ? of.file : of.module;
  const line = of === undefined || of.line === 0 ? "" : `:${of.line}`;
  const color = of?.inApp === true ? `var(--c${hueOf(place) + 1})` : "var(--other-fill)";
  return (
    <span className={styles.fn} title={of === undefined ? undefined : `${of.file}${line}`}>
      <i style={{ background: color }} />
      <b>{nameOf(of?.name)}</b>
      <small>{place}</small>
      {of?.inApp === false && <span className="visually-hidden">{t("profiles.system")}</span>}
    </span>
  );
}
