import { formatAge, formatDateTime } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { useNow } from "../../lib/time.ts";

interface Props {
  readonly time: string;
  /** `3h` in tables, `3h ago` in sentences. */
  readonly sentence?: boolean;
}

export function RelativeTime({ time, sentence = false }: Props) {
  const age = formatAge(time, useNow());
  return (
    <time dateTime={time} title={formatDateTime(time)}>
      {sentence ? t("ago", { age }) : age}
    </time>
  );
}
