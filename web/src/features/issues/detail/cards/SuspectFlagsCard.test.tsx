import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { ApiError, api } from "../../../../lib/api/client.ts";
import { SuspectFlagsCard } from "./SuspectFlagsCard.tsx";

function show() {
  return render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <SuspectFlagsCard org="acme" issue="7" />
    </QueryClientProvider>,
  );
}

test("a flag that stands out says how much, how sure that is, and when it was changed", async () => {
  vi.spyOn(api, "get").mockResolvedValue({
    data: [
      {
        flag: "fast-settle",
        score: 12,
        p: 0.0001,
        is_filtered: false,
        distribution: { outliers: { true: 9, false: 1 }, baseline: { true: 10, false: 90 } },
        changes: [
          { action: "updated", flag: "fast-settle", createdAt: "2026-11-20T10:00:00Z", createdBy: "Ada" },
        ],
      },
    ],
  });
  show();
  expect(await screen.findByText("fast-settle")).toBeTruthy();
  expect(screen.getByText("90%")).toBeTruthy();
  expect(screen.getByText("10%")).toBeTruthy();
  expect(screen.getByText("p < 0.001")).toBeTruthy();
  expect(screen.getByText(/^Changed .*· Ada$/)).toBeTruthy();
});

test("without suspects, and on a server that knows no flags, there is no card", async () => {
  const get = vi.spyOn(api, "get").mockRejectedValue(new ApiError(404, ""));
  const { container } = show();
  await waitFor(() => expect(get).toHaveBeenCalledOnce());
  expect(container.textContent).toBe("");
});
