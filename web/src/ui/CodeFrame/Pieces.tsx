import styles from "./Pieces.module.css";
import type { Piece } from "./pieces.ts";

/** Text in its colours. */
export function Pieces({ pieces }: { readonly pieces: readonly Piece[] }) {
  return pieces.map((piece, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text never move
    <span key={at} className={lookOf(piece.scope)}>
      {piece.text}
    </span>
  ));
}

function lookOf(scope: string): string | undefined {
  if (scope.startsWith("title")) return styles.title;
  switch (scope) {
    case "keyword":
    case "built_in":
    case "type":
    case "meta":
      return styles.keyword;
    case "string":
    case "regexp":
    case "char.escape":
      return styles.string;
    case "number":
    case "literal":
      return styles.literal;
    case "comment":
    case "doctag":
      return styles.comment;
    default:
      return undefined;
  }
}
