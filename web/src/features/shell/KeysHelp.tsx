import { t } from "../../lib/i18n.ts";
import { useActiveShortcuts } from "../../lib/keys.ts";
import { Dialog } from "../../ui/Dialog/Dialog.tsx";
import { Kbd } from "../../ui/Kbd/Kbd.tsx";
import styles from "./KeysHelp.module.css";

/** The shortcuts that work on the screen below. */
export function KeysHelp({ onClose }: { readonly onClose: () => void }) {
  const shortcuts = useActiveShortcuts();
  return (
    <Dialog title={t("keys.title")} wide onClose={onClose}>
      <dl className={styles.list}>
        {shortcuts.map(({ keys, label }) => (
          <div key={keys} className={styles.row}>
            <dt>{t(label)}</dt>
            <dd>
              <Kbd keys={keys} />
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
