import { CircleAlert, CircleCheck, X } from "lucide-react";
import { t } from "../../lib/i18n.ts";
import { useStore } from "../../lib/store.ts";
import { dismissToast, toasts } from "../../lib/toasts.ts";
import { Button } from "../Button/Button.tsx";
import { Kbd } from "../Kbd/Kbd.tsx";
import styles from "./Toaster.module.css";

/** What was just done, and the way back. */
export function Toaster() {
  const shown = useStore(toasts);
  return (
    <div className={styles.stack} aria-live="polite">
      {shown.map(({ id, tone, message, undo }) => (
        <div key={id} className={styles.toast}>
          {tone === "ok" ? (
            <CircleCheck size={15} className={styles.ok} />
          ) : (
            <CircleAlert size={15} className={styles.error} />
          )}
          <p>{message}</p>
          {undo !== undefined && (
            <Button
              size="small"
              onClick={() => {
                dismissToast(id);
                undo();
              }}
            >
              {t("undo")}
              <Kbd keys="u" />
            </Button>
          )}
          <Button
            size="small"
            variant="ghost"
            icon
            aria-label={t("dismiss")}
            onClick={() => dismissToast(id)}
          >
            <X size={13} />
          </Button>
        </div>
      ))}
    </div>
  );
}
