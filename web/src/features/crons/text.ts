import en from "../../../messages/crons.en.json";
import { texts } from "../../lib/i18n.ts";

/** Messages about monitors of jobs and of addresses. */
export const say = texts(en);
