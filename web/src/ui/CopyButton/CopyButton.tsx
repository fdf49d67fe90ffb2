import { Copy } from "lucide-react";
import { copyText } from "../../lib/clipboard.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../Button/Button.tsx";

interface Props {
  /** Text, or what makes it when asked. */
  readonly text: string | (() => string);
  readonly label?: string;
  /** Show the word, not only the icon. */
  readonly named?: boolean;
}

export function CopyButton({ text, label = t("copy"), named = false }: Props) {
  return (
    <Button
      size="small"
      variant={named ? "default" : "ghost"}
      icon={!named}
      aria-label={label}
      title={label}
      onClick={() => void copyText(typeof text === "string" ? text : text())}
    >
      <Copy size={13} />
      {named && t("copy")}
    </Button>
  );
}
