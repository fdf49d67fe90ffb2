/** Times of the week, as the server writes them: from `Mon 22:00` until `Tue 06:00`. */

export const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
export type Day = (typeof DAYS)[number];

export type WeekTime = readonly [from: string, until: string];

export const NIGHT: WeekTime = ["Sun 02:00", "Sun 04:00"];
export const OFFICE_HOURS: WeekTime = ["Mon 08:00", "Fri 18:00"];

/** The day and the time on the clock; what cannot be read is the start of the week. */
export function dayAndTime(moment: string): readonly [Day, string] {
  const [name, time = "00:00"] = moment.split(" ");
  return [DAYS.find((day) => day === name) ?? "Mon", time];
}

export function withDay(moment: string, day: string): string {
  return `${day} ${dayAndTime(moment)[1]}`;
}

export function withTime(moment: string, time: string): string {
  return `${dayAndTime(moment)[0]} ${time === "" ? "00:00" : time}`;
}
