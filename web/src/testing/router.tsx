import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactElement } from "react";

/** Renders what has links in it: every address leads to the same. */
export async function renderWithLinks(shown: ReactElement): Promise<void> {
  const root = createRootRoute();
  const all = createRoute({ getParentRoute: () => root, path: "$", component: () => shown });
  const router = createRouter({
    routeTree: root.addChildren([all]),
    history: createMemoryHistory({ initialEntries: ["/here"] }),
  });
  await router.load();
  render(<RouterProvider<typeof router> router={router} />);
}
