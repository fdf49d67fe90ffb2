import { Flame } from "lucide-react";
import { t } from "../../lib/i18n.ts";
import type { ProfilesSearch } from "../../lib/urlstate.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";

interface Props {
  readonly search: ProfilesSearch;
  readonly change: (next: Partial<ProfilesSearch>) => void;
}

/** Nothing matches, or nobody has sent a profile yet. */
export function NoProfiles({ search, change }: Props) {
  const { transaction, release, kind, project, env } = search;
  const isNarrow = [transaction, release, kind, project, env].some((one) => one !== undefined);
  const all = {
    transaction: undefined,
    release: undefined,
    kind: undefined,
    project: undefined,
    env: undefined,
  };
  return (
    <Empty
      icon={<Flame size={28} strokeWidth={1.6} />}
      title={t(isNarrow ? "profiles.empty" : "profiles.none")}
      text={t(isNarrow ? "profiles.empty.text" : "profiles.none.text")}
      actions={
        <>
          {isNarrow && <Button onClick={() => change(all)}>{t("empty.clear")}</Button>}
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
