/** The tables of a statement as spans carry them: `,bets,games,`. */
export function tablesOf(text: string): readonly string[] {
  return text.split(",").filter((table) => table !== "" && table !== "*");
}

/** A filter for the statements that a table occurs in. Names of tables are cut down to what needs no quotes. */
export function tableFilter(table: string): string {
  return /^[^\s"()[\],*]+$/.test(table)
    ? `span.domain:*,${table},*`
    : `span.domain:"*,${table.replaceAll('"', '\\"')},*"`;
}
