/** Text of one colour. */
export interface Piece {
  readonly text: string;
  /** As highlight.js names it (`keyword`, `title.function`), empty for plain text. */
  readonly scope: string;
}

/** Cuts pieces at line ends: the pieces of each line, in order. */
export function linesOf(pieces: readonly Piece[]): Piece[][] {
  let line: Piece[] = [];
  const lines = [line];
  for (const { text, scope } of pieces) {
    const [first = "", ...rest] = text.split("\n");
    if (first !== "") line.push({ text: first, scope });
    for (const part of rest) {
      line = part === "" ? [] : [{ text: part, scope }];
      lines.push(line);
    }
  }
  return lines;
}

const BY_EXTENSION: Readonly<Record<string, string>> = {
  py: "python",
  js: "javascript",
  mjs: "javascript",
  cjs: "javascript",
  jsx: "javascript",
  ts: "typescript",
  tsx: "typescript",
  go: "go",
  rs: "rust",
  java: "java",
  kt: "java",
  cs: "csharp",
  php: "php",
};
const BY_PLATFORM: Readonly<Record<string, string>> = {
  python: "python",
  javascript: "javascript",
  node: "javascript",
  go: "go",
  rust: "rust",
  java: "java",
  csharp: "csharp",
  php: "php",
};

export function languageOf(filename: string | null, platform: string | null): string {
  const extension = /\.(\w+)(?:[?#].*)?$/.exec(filename ?? "")?.[1]?.toLowerCase() ?? "";
  return BY_EXTENSION[extension] ?? BY_PLATFORM[(platform ?? "").split("-")[0] ?? ""] ?? "";
}
