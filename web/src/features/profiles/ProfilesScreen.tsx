import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import { profileChoicesQuery } from "../../lib/api/profiles.ts";
import { formatRelease } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import {
  PROFILE_KINDS,
  PROFILES_TABS,
  type ProfileKind,
  type ProfilesSearch,
  type ProfilesTab,
} from "../../lib/urlstate.ts";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { ChangeList } from "./ChangeList.tsx";
import { Choice } from "./Choice.tsx";
import { CompareFlame } from "./CompareFlame.tsx";
import { FunctionList } from "./FunctionList.tsx";
import { MergedFlame } from "./MergedFlame.tsx";
import { ProfileList } from "./ProfileList.tsx";
import styles from "./Profiles.module.css";

const route = getRouteApi("/$org/profiles");

/** What the profiled services spend their time on, together and one by one. */
export function ProfilesScreen() {
  const { org } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (next: Partial<ProfilesSearch>, replace = false) =>
      void navigate({ to: ".", search: (before) => ({ ...before, ...next }), resetScroll: false, replace }),
    [navigate],
  );
  const choices = useQuery(profileChoicesQuery(org, search)).data;
  const tab = search.tab ?? "flame";
  const isComparing = tab === "changes" || tab === "compare";
  const transactions = (choices?.transactions ?? []).map(({ name }) => ({ value: name, label: name }));
  const releases = (choices?.releases ?? []).map(({ version }) => ({
    value: version,
    label: formatRelease(version),
  }));
  return (
    <div className={styles.screen}>
      <div className={styles.bar}>
        <Segmented<ProfilesTab>
          label={t("profiles.tabs")}
          options={PROFILES_TABS.map((value) => ({ value, label: t(`profiles.tab.${value}`) }))}
          value={tab}
          onChange={(next) =>
            // Another axis: what was zoomed to on one means nothing on another.
            change({ tab: next === "flame" ? undefined : next, sort: undefined, zoom: undefined })
          }
        />
        <span className={styles.spacer} />
        <Choice
          label={t("profiles.transaction")}
          all={t("profiles.all")}
          options={transactions}
          value={search.transaction}
          onChange={(transaction) => change({ transaction, zoom: undefined })}
        />
        <Choice
          label={t("profiles.release")}
          all={t(isComparing ? "profiles.newest" : "profiles.all")}
          options={releases}
          value={search.release}
          onChange={(release) => change({ release, zoom: undefined })}
        />
        {isComparing ? (
          <Choice
            label={t("profiles.before")}
            all={t("profiles.previous")}
            options={releases}
            value={search.before}
            onChange={(before) => change({ before, zoom: undefined })}
          />
        ) : (
          <Segmented<ProfileKind | "all">
            label={t("profiles.kind")}
            options={[
              { value: "all", label: t("profiles.kind.all") },
              ...PROFILE_KINDS.map((value) => ({ value, label: t(`profiles.kind.${value}`) })),
            ]}
            value={search.kind ?? "all"}
            onChange={(kind) => change({ kind: kind === "all" ? undefined : kind, zoom: undefined })}
          />
        )}
      </div>
      {tab === "flame" && <MergedFlame org={org} search={search} change={change} />}
      {tab === "compare" && <CompareFlame org={org} search={search} change={change} />}
      {tab === "functions" && <FunctionList org={org} search={search} change={change} />}
      {tab === "changes" && <ChangeList org={org} search={search} change={change} />}
      {tab === "list" && <ProfileList org={org} search={search} change={change} />}
    </div>
  );
}
