import { t } from "./i18n.ts";
import { toast, toastError } from "./toasts.ts";

/** Copies and says so. Plain http has no clipboard API, so a hidden field is the second way. */
export async function copyText(text: string, said: string = t("copied")): Promise<void> {
  try {
    if (navigator.clipboard === undefined) copyBySelection(text);
    else await navigator.clipboard.writeText(text);
    toast(said);
  } catch {
    toastError(t("copy.failed"));
  }
}

function copyBySelection(text: string): void {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("the browser refused to copy");
}
