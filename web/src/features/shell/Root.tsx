import { Outlet } from "@tanstack/react-router";
import { useShortcuts } from "../../lib/keys.ts";
import { undoLatest } from "../../lib/toasts.ts";
import { Toaster } from "../../ui/Toaster/Toaster.tsx";

/** What every page has, logged in or not. */
export function Root() {
  useShortcuts([{ keys: "u", label: "keys.undo", run: undoLatest }]);
  return (
    <>
      <Outlet />
      <Toaster />
    </>
  );
}
