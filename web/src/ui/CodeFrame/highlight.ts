import type { Emitter } from "highlight.js";
import hljs from "highlight.js/lib/core";
import csharp from "highlight.js/lib/languages/csharp";
import go from "highlight.js/lib/languages/go";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import php from "highlight.js/lib/languages/php";
import python from "highlight.js/lib/languages/python";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import type { Piece } from "./pieces.ts";

/**
 * Collects coloured pieces instead of HTML: the text comes from strangers, and what never was HTML
 * cannot become it.
 */
class PieceEmitter implements Emitter {
  readonly pieces: Piece[] = [];
  private readonly scopes: string[] = [];

  addText(text: string): void {
    if (text !== "") this.pieces.push({ text, scope: this.scopes.at(-1) ?? "" });
  }
  startScope(name: string): void {
    this.scopes.push(name);
  }
  endScope(): void {
    this.scopes.pop();
  }
  openNode(name: string): void {
    this.startScope(name);
  }
  closeNode(): void {
    this.endScope();
  }
  __addSublanguage(emitter: Emitter): void {
    if (emitter instanceof PieceEmitter) this.pieces.push(...emitter.pieces);
  }
  closeAllNodes(): void {}
  finalize(): void {}
  toHTML(): string {
    return "";
  }
}

hljs.configure({ __emitter: PieceEmitter });
const languages = { csharp, go, java, javascript, php, python, rust, sql, typescript };
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);

/** Colours `code`; the pieces together are exactly `code`. `null` when the language is unknown. */
export function highlight(code: string, language: string): readonly Piece[] | null {
  if (hljs.getLanguage(language) === undefined) return null;
  const { _emitter } = hljs.highlight(code, { language, ignoreIllegals: true });
  return _emitter instanceof PieceEmitter ? _emitter.pieces : null;
}
