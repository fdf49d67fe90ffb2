import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Megaphone, Plus } from "lucide-react";
import { useState } from "react";
import { kindName } from "../../lib/alerts/channels.ts";
import { say } from "../../lib/alerts/text.ts";
import type { Channel } from "../../lib/api/alert-types.ts";
import { channelKindsQuery, channelsQuery } from "../../lib/api/alerts.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { MenuButton } from "../../ui/MenuButton/MenuButton.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import { ChannelDialog } from "./ChannelDialog.tsx";
import { ChannelRow } from "./ChannelRow.tsx";
import { Page } from "./Page.tsx";

const route = getRouteApi("/$org");

/** The ways in which people hear of alerts: set up once, named by rules. */
export function ChannelsPage() {
  const { org } = route.useParams();
  const { data: kinds = [] } = useQuery(channelKindsQuery(org));
  const channels = remote(useQuery(channelsQuery(org)), (list) => list.length === 0);
  const [open, setOpen] = useState<{ kind: string; channel: Channel | null } | null>(null);
  const kind = kinds.find((one) => one.kind === open?.kind);
  const add = (
    <MenuButton
      label={say("channels.add")}
      look={{ variant: "primary" }}
      groups={[{ entries: kinds.map((one) => ({ id: one.kind, label: kindName(one.kind) })) }]}
      onAction={(id) => setOpen({ kind: id, channel: null })}
    >
      <Plus size={14} />
      {say("channels.add")}
    </MenuButton>
  );
  return (
    <Page title={t("settings.channels")} lead={say("channels.lead")} actions={add}>
      <Card flush title={say("channels.all")}>
        {channels.state === "loading" && <Skeleton lines={4} />}
        {channels.state === "failed" && <ProblemView problem={channels.problem} onRetry={channels.retry} />}
        {channels.state === "empty" && (
          <Empty
            icon={<Megaphone size={26} strokeWidth={1.6} />}
            title={say("channels.none")}
            text={say("channels.none.text")}
          />
        )}
        {channels.state === "ready" && (
          <Table
            label={say("channels.all")}
            columns={[
              { name: t("name") },
              { name: say("channels.where") },
              { name: say("channels.secrets") },
              { name: t("column.actions"), unseen: true },
            ]}
          >
            {channels.value.map((channel) => (
              <ChannelRow
                key={channel.id}
                org={org}
                channel={channel}
                onEdit={() => setOpen({ kind: channel.kind, channel })}
              />
            ))}
          </Table>
        )}
      </Card>
      {open !== null && kind !== undefined && (
        <ChannelDialog org={org} kind={kind} channel={open.channel} onClose={() => setOpen(null)} />
      )}
    </Page>
  );
}
