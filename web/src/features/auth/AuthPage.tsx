import { type FormEvent, type ReactNode, useState } from "react";
import { type Problem, problemOf } from "../../lib/remote.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Logo } from "../../ui/Logo/Logo.tsx";
import { explain } from "../../ui/ProblemView/ProblemView.tsx";
import styles from "./AuthPage.module.css";

interface Props {
  readonly title: string;
  readonly lead?: string;
  readonly action: string;
  readonly onSubmit: () => Promise<void>;
  readonly children: ReactNode;
}

type Sending =
  | { readonly state: "idle" }
  | { readonly state: "sending" }
  | { readonly state: "failed"; readonly problem: Problem };

/** One centred form for people who are not logged in yet. */
export function AuthPage({ title, lead, action, onSubmit, children }: Props) {
  const [sending, setSending] = useState<Sending>({ state: "idle" });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSending({ state: "sending" });
    onSubmit().catch((error: unknown) => setSending({ state: "failed", problem: problemOf(error) }));
  };
  return (
    <main className={styles.page}>
      <div className={styles.column}>
        <div className={styles.brand}>
          <Logo size={30} />
          Pitwatch
        </div>
        <div className={styles.card}>
          <h1>{title}</h1>
          {lead !== undefined && <p className={styles.lead}>{lead}</p>}
          <form className={styles.form} onSubmit={submit}>
            {children}
            {sending.state === "failed" && (
              <div role="alert" className={styles.problem}>
                {explain(sending.problem)}
              </div>
            )}
            <Button type="submit" variant="primary" disabled={sending.state === "sending"}>
              {action}
            </Button>
          </form>
        </div>
      </div>
    </main>
  );
}
