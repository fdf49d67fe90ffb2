import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Scale } from "lucide-react";
import { totalsQuery } from "../../lib/api/performance.ts";
import { recentReleasesQuery } from "../../lib/api/releases.ts";
import { FAILED, RELEASES, SLOW, setsOf } from "../../lib/compare.ts";
import { formatRelease } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { asNumber } from "../../lib/json.ts";
import { toast } from "../../lib/toasts.ts";
import { type ScopeSearch, scopeOf } from "../../lib/urlstate.ts";
import { MenuButton } from "../MenuButton/MenuButton.tsx";

interface Props {
  readonly org: string;
  readonly search: ScopeSearch;
  /** The spans of both sets. */
  readonly query: string;
  readonly size?: "small";
}

const SLOWEST = "p90(span.duration)";

/** Ways to divide what is on screen into two sets, and to ask what makes them different. */
export function CompareMenu({ org, search, query, size }: Props) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const releases = useQuery(recentReleasesQuery(org, search)).data ?? [];
  const [newest, before] = releases.map(({ version }) => version);
  const compare = async (kind: string) => {
    const isSlow = kind === SLOW;
    const totals = isSlow ? await client.fetchQuery(totalsQuery(org, search, query, [SLOWEST])) : {};
    const sets = setsOf(kind, { slow: asNumber(totals[SLOWEST]), newest, before });
    if (sets === null) return toast(t("explore.empty"));
    return navigate({
      to: "/$org/compare",
      params: { org },
      search: { ...scopeOf(search), q: query === "" ? undefined : query, ...sets },
    });
  };
  return (
    <MenuButton
      label={t("compare.menu")}
      look={size === undefined ? {} : { size }}
      groups={[
        {
          entries: [
            { id: SLOW, label: t("compare.slow") },
            { id: FAILED, label: t("compare.failed") },
            ...(newest === undefined || before === undefined
              ? []
              : [
                  {
                    id: RELEASES,
                    label: t("compare.releases", {
                      newest: formatRelease(newest),
                      before: formatRelease(before),
                    }),
                  },
                ]),
          ],
        },
      ]}
      onAction={(kind) => void compare(kind)}
    >
      <Scale size={13} aria-hidden="true" />
      {t("compare.menu")}
    </MenuButton>
  );
}
