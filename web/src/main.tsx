import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { bootstrapQuery } from "./lib/api/session.ts";
import { listenToKeys } from "./lib/keys.ts";
import { followSystemTheme } from "./lib/preferences.ts";
import { createQueryClient } from "./lib/query.ts";
import { createAppRouter } from "./router.tsx";

const queryClient = createQueryClient(() => {
  const { pathname, href } = router.state.location;
  if (pathname === "/login" || pathname.startsWith("/invite/")) return;
  queryClient.removeQueries({ queryKey: bootstrapQuery.queryKey });
  void router.navigate({ to: "/login", search: { next: href } });
});
const router = createAppRouter(queryClient);

// Every page must take the answer that index.html preloads. Left over, the browser would give it to whoever
// asks next, who wants to know who is logged in now.
void queryClient.prefetchQuery(bootstrapQuery);
followSystemTheme();
listenToKeys(window);

const root = document.getElementById("app");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
