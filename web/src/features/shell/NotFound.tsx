import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { t } from "../../lib/i18n.ts";
import { buttonClass } from "../../ui/Button/Button.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";

export function NotFound() {
  return (
    <main>
      <Empty
        main
        icon={<Compass size={28} strokeWidth={1.6} />}
        title={t("notFound.title")}
        text={t("notFound.text")}
        actions={
          <Link to="/" className={buttonClass({ variant: "primary" })}>
            {t("notFound.home")}
          </Link>
        }
      />
    </main>
  );
}
