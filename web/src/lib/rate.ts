import { DAY_MS, formatCount, HOUR_MS, MINUTE_MS } from "./format.ts";
import { t } from "./i18n.ts";

const rates = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
/** From so many in a minute on, seconds read better. */
const PER_MINUTE_MAX = 6_000;

/** How often something happens: per minute, or in the unit that needs no zeros before the digits. */
export function formatRate(count: number, rangeMs: number): string {
  if (count === 0 || rangeMs <= 0) return formatCount(count);
  const perMinute = (count / rangeMs) * MINUTE_MS;
  if (perMinute >= PER_MINUTE_MAX) return t("rate.second", { rate: rates.format(perMinute / 60) });
  if (perMinute >= 1) return t("rate.minute", { rate: rates.format(perMinute) });
  const perHour = (count / rangeMs) * HOUR_MS;
  if (perHour >= 1) return t("rate.hour", { rate: rates.format(perHour) });
  const perDay = (count / rangeMs) * DAY_MS;
  // Less than a day was looked at, or it happened less than daily: the bare number says more.
  if (perDay >= 1 && rangeMs >= DAY_MS) return t("rate.day", { rate: rates.format(perDay) });
  return t("rate.total", { count, shown: formatCount(count) });
}
