import en from "../../messages/en.json";
import type settings from "../../messages/settings.en.json";

/** Messages that `t` knows: those of the first page, and those that the settings bring. */
export type MessageKey = keyof typeof en | keyof typeof settings;
export type Params = Readonly<Record<string, string | number>>;

/** One text, or one for each plural form of the language. */
export type Message = string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>;
export type Catalog = Readonly<Record<string, Message>>;

interface Language {
  readonly locale: string;
  readonly messages: Catalog;
  readonly plurals: Intl.PluralRules;
}

/** Catalogues other than English, each a file that is loaded when chosen. */
const others: Readonly<Record<string, () => Promise<Catalog>>> = {};

let english: Language = { locale: "en", messages: en, plurals: new Intl.PluralRules("en") };
let language = english;

/** Switches before the first render; an unknown locale stays English. */
export async function chooseLocale(locale: string): Promise<void> {
  const load = others[locale];
  if (load === undefined) return;
  language = { locale, messages: await load(), plurals: new Intl.PluralRules(locale) };
  document.documentElement.lang = locale;
}

/** More messages for `t`, as screens bring them that few people open. */
export function addMessages(more: Catalog): void {
  const isEnglish = language === english;
  english = { ...english, messages: { ...english.messages, ...more } };
  if (isEnglish) language = english;
}

/** The text of `key`; `{name}` is replaced by `params.name`, `{count}` also chooses the plural form. */
export function t(key: MessageKey, params: Params = {}): string {
  const message = language.messages[key] ?? english.messages[key] ?? key;
  return fill(form(message, params), params);
}

/** Like `t`, for messages that come with the screens they belong to instead of with the first page. */
export function texts<Own extends Catalog>(own: Own): (key: keyof Own & string, params?: Params) => string {
  return (key, params = {}) => fill(form(own[key] ?? key, params), params);
}

function form(message: Message, params: Params): string {
  if (typeof message === "string") return message;
  const count = params.count;
  const rule = language.plurals.select(typeof count === "number" ? count : Number(count ?? 0));
  return message[rule] ?? message.other ?? "";
}

function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(language.locale) : value;
  });
}
