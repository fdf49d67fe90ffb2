// Answers that are waited for by their number. Each wait ends: with an answer, a refusal, or `null` when none will come.

interface Waiting<T> {
  readonly resolve: (answer: T | null) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class Pending<T> {
  private readonly waiting = new Map<string, Waiting<T>>();

  wait(id: string, milliseconds: number): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.take(id)?.resolve(null), milliseconds);
      this.waiting.set(id, { resolve, reject, timer });
    });
  }

  resolve(id: string, answer: T): void {
    this.take(id)?.resolve(answer);
  }

  reject(id: string, error: Error): void {
    this.take(id)?.reject(error);
  }

  abandon(): void {
    for (const id of [...this.waiting.keys()]) this.take(id)?.resolve(null);
  }

  private take(id: string): Waiting<T> | undefined {
    const found = this.waiting.get(id);
    if (found !== undefined) clearTimeout(found.timer);
    this.waiting.delete(id);
    return found;
  }
}
