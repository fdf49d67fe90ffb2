import en from "../../../messages/alerts.en.json";
import { texts } from "../i18n.ts";

/** Messages about alerts, rules, incidents, channels and who is on call. */
export const say = texts(en);
export type AlertKey = Parameters<typeof say>[0];
