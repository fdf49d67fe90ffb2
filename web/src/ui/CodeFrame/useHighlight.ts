import { useEffect, useState } from "react";
import type { Piece } from "./pieces.ts";

/** Coloured pieces of `code` once the colours have been loaded; `null` before, and for other languages. */
export function useHighlight(code: string, language: string): readonly Piece[] | null {
  const [found, setFound] = useState<{ code: string; pieces: readonly Piece[] | null } | null>(null);
  useEffect(() => {
    let wanted = language !== "";
    if (wanted) {
      import("./highlight.ts").then(
        ({ highlight }) => wanted && setFound({ code, pieces: highlight(code, language) }),
        () => undefined,
      );
    }
    return () => {
      wanted = false;
    };
  }, [code, language]);
  return found?.code === code ? found.pieces : null;
}
