import { useQueryClient } from "@tanstack/react-query";
import { refresh } from "../../../lib/api/issue-changes.ts";
import { unmerge } from "../../../lib/api/issues.ts";
import { t } from "../../../lib/i18n.ts";
import { problemOf } from "../../../lib/remote.ts";
import { toast, toastError } from "../../../lib/toasts.ts";

/** Takes fingerprints out of an issue and says so. */
export function useUnmerge(org: string, issue: string): (hashes: readonly string[]) => Promise<void> {
  const queryClient = useQueryClient();
  return async (hashes) => {
    try {
      await unmerge(org, issue, hashes);
      toast(t("done.unmerged", { count: hashes.length }));
    } catch (error) {
      toastError(t("change.failed", { why: problemOf(error).detail }));
    }
    await refresh(queryClient, org);
  };
}
