import { t } from "../../lib/i18n.ts";
import type { Rating } from "../../lib/vitals.ts";
import { Chip, type Tone } from "../../ui/Chip/Chip.tsx";

const TONES: Readonly<Record<Rating, Tone>> = { good: "ok", meh: "warn", poor: "error" };

/** A rating in colour and in words. */
export function RatingMark({ rating }: { readonly rating: Rating }) {
  return <Chip tone={TONES[rating]}>{t(`vitals.${rating}`)}</Chip>;
}
