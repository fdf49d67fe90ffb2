import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { LogOut } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { changePassword, logOut, useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { prefer, usePreferences } from "../../lib/preferences.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Checkbox } from "../../ui/Checkbox/Checkbox.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";

const route = getRouteApi("/$org");
const PASSWORD_LENGTH_MIN = 8;

export function AccountPage() {
  const { org } = route.useParams();
  const { user, version } = useSession(org);
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const leave = async () => {
    await logOut();
    queryClient.clear();
    await navigate({ to: "/login", search: {} });
  };
  return (
    <Page
      title={t("settings.me")}
      lead={`${user.name ?? user.email} · ${user.email}`}
      actions={
        <Button onClick={() => void leave()}>
          <LogOut size={14} />
          {t("logout")}
        </Button>
      }
    >
      <Appearance />
      <PasswordForm />
      <p className={styles.quiet}>{t("version", { version })}</p>
    </Page>
  );
}

function Appearance() {
  const { theme, density, letterKeys } = usePreferences();
  return (
    <Card title={t("appearance")}>
      <div className={styles.form}>
        <div className={styles.row}>
          <span>{t("theme")}</span>
          <Segmented
            label={t("theme")}
            value={theme}
            onChange={(value) => prefer({ theme: value })}
            options={[
              { value: "system", label: t("theme.system") },
              { value: "dark", label: t("theme.dark") },
              { value: "light", label: t("theme.light") },
            ]}
          />
        </div>
        <div className={styles.row}>
          <span>{t("density")}</span>
          <Segmented
            label={t("density")}
            value={density}
            onChange={(value) => prefer({ density: value })}
            options={[
              { value: "comfortable", label: t("density.comfortable") },
              { value: "compact", label: t("density.compact") },
            ]}
          />
        </div>
        <Checkbox
          label={t("letterKeys")}
          hint={t("letterKeys.hint")}
          checked={letterKeys}
          onChange={(on) => prefer({ letterKeys: on })}
        />
      </div>
    </Card>
  );
}

function PasswordForm() {
  const action = useAction();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!(await action.run(() => changePassword(current, next), t("password.changed")))) return;
    setCurrent("");
    setNext("");
  };
  return (
    <Card title={t("password.change")}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <div className={styles.two}>
          <TextField
            label={t("password.current")}
            type="password"
            autoComplete="current-password"
            required
            value={current}
            onChange={setCurrent}
          />
          <TextField
            label={t("password.new")}
            type="password"
            autoComplete="new-password"
            required
            minLength={PASSWORD_LENGTH_MIN}
            hint={t("password.hint", { count: PASSWORD_LENGTH_MIN })}
            value={next}
            onChange={setNext}
          />
        </div>
        <FormProblem problem={action.problem} />
        <div className={styles.buttons}>
          <Button type="submit" variant="primary" disabled={action.busy}>
            {t("password.change")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
