/** The first folder of a path, as a beginning for a code mapping: `app/bets.py` → `app/`. */
export function folderOf(path: string): string {
  const bare = path.replace(/^(webpack:\/\/\/|app:\/\/\/|file:\/\/)/, "").replace(/^\.\//, "");
  const end = bare.indexOf("/", 1);
  return end < 0 ? "" : bare.slice(0, end + 1);
}
