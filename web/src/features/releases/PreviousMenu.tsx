import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { findReleasesQuery } from "../../lib/api/releases.ts";
import { formatDate } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { releasedAt, releaseName } from "../../lib/releases.ts";
import { MenuButton } from "../../ui/MenuButton/MenuButton.tsx";
import type { OfRelease } from "./ReleaseScreen.tsx";

interface Props extends OfRelease {
  /** What it is compared with now. */
  readonly shown: string | null;
}

const AUTOMATIC = "automatic";

/** Which release is compared with; the one before, unless somebody chooses. */
export function PreviousMenu({ org, release, search, change, shown }: Props) {
  const [isNear, setNear] = useState(false);
  const projects = release.projects.map(({ id }) => String(id));
  const found = useQuery({
    ...findReleasesQuery(org, "", projects.length === 0 ? undefined : projects),
    enabled: isNear,
  }).data;
  const others = (found ?? []).filter(({ version }) => version !== release.version);
  const isListed = others.some(({ version }) => version === search.previous);
  const chosen = search.previous;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only looks ahead; the button inside is what is worked
    <span onPointerEnter={() => setNear(true)} onFocus={() => setNear(true)}>
      <MenuButton
        label={t("release.compare.choose")}
        search={t("releases.find")}
        groups={[
          { entries: [{ id: AUTOMATIC, label: t("release.compare.automatic") }] },
          {
            entries: [
              ...(chosen === undefined || isListed ? [] : [{ id: `=${chosen}`, label: chosen }]),
              ...others.map((other) => ({
                id: `=${other.version}`,
                label: other.version,
                description: formatDate(releasedAt(other)),
              })),
            ],
          },
        ]}
        selected={[chosen === undefined ? AUTOMATIC : `=${chosen}`]}
        onSelect={([id]) =>
          change({ previous: id === undefined || id === AUTOMATIC ? undefined : id.slice(1) })
        }
      >
        {shown === null ? t("release.compare.automatic") : releaseName(shown)}
      </MenuButton>
    </span>
  );
}
