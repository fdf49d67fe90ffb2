import { Waypoints } from "lucide-react";
import { t } from "../../lib/i18n.ts";
import type { ScopeSearch } from "../../lib/urlstate.ts";
import { Button } from "../Button/Button.tsx";
import { Empty } from "../Empty/Empty.tsx";

interface Narrowing extends ScopeSearch {
  readonly q?: string | undefined;
}

interface Props {
  readonly search: Narrowing;
  readonly change: (next: Narrowing) => void;
  /** What is not there, where nothing narrows the search; else it is that nothing matches. */
  readonly none?: { readonly title: string; readonly text: string } | undefined;
}

/** Nothing was found: why, and the nearest way to something. */
export function NoSpans({ search, change, none }: Props) {
  const isNarrow = search.q !== undefined || search.project !== undefined || search.env !== undefined;
  const nothing = none ?? { title: t("explore.none"), text: t("explore.none.text") };
  return (
    <Empty
      icon={<Waypoints size={28} strokeWidth={1.6} />}
      title={isNarrow ? t("explore.empty") : nothing.title}
      text={isNarrow ? t("explore.empty.text") : nothing.text}
      actions={
        <>
          {isNarrow && (
            <Button onClick={() => change({ q: undefined, project: undefined, env: undefined })}>
              {t("empty.clear")}
            </Button>
          )}
          {search.t !== "90d" && (
            <Button onClick={() => change({ t: "90d", from: undefined, to: undefined })}>
              {t("empty.wider")}
            </Button>
          )}
        </>
      }
    />
  );
}
