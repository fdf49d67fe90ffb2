import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Split } from "lucide-react";
import { useState } from "react";
import { EXAMPLE } from "../../lib/alerts/routing.ts";
import { say } from "../../lib/alerts/text.ts";
import { routingQuery } from "../../lib/api/alerts.ts";
import { remote } from "../../lib/remote.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { RoutingForm } from "./RoutingForm.tsx";

const route = getRouteApi("/$org/alerts/routing");

/** Where alerts go that no rule of ours makes. */
export function RoutingPage() {
  const { org } = route.useParams();
  const [isBegun, setBegun] = useState(false);
  const routing = remote(
    useQuery(routingQuery(org)),
    (value) => value.route === undefined || value.route === null,
  );
  switch (routing.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      return <ProblemView problem={routing.problem} onRetry={routing.retry} />;
    case "empty":
      if (isBegun) return <RoutingForm org={org} initial={EXAMPLE} isNew />;
      return (
        <Empty
          icon={<Split size={28} strokeWidth={1.6} />}
          title={say("routing.none")}
          text={say("routing.none.text")}
          actions={
            <Button variant="primary" onClick={() => setBegun(true)}>
              {say("routing.example")}
            </Button>
          }
        />
      );
    case "ready":
      return <RoutingForm org={org} initial={routing.value} />;
  }
}
