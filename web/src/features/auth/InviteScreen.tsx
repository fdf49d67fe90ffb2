import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { acceptInvite, bootstrapQuery } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { TextField } from "../../ui/TextField/TextField.tsx";
import { AuthPage } from "./AuthPage.tsx";

const route = getRouteApi("/invite/$token");
const PASSWORD_LENGTH_MIN = 8;

/** Where an invited person chooses a name and a password. */
export function InviteScreen() {
  const { token } = route.useParams();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const submit = async () => {
    await acceptInvite(token, name, password);
    queryClient.clear();
    await queryClient.fetchQuery(bootstrapQuery);
    await navigate({ to: "/" });
  };
  return (
    <AuthPage title={t("invite.title")} lead={t("invite.lead")} action={t("invite.action")} onSubmit={submit}>
      <TextField
        label={t("invite.name")}
        autoComplete="name"
        required
        autoFocus
        value={name}
        onChange={setName}
      />
      <TextField
        label={t("login.password")}
        type="password"
        autoComplete="new-password"
        required
        minLength={PASSWORD_LENGTH_MIN}
        hint={t("password.hint", { count: PASSWORD_LENGTH_MIN })}
        value={password}
        onChange={setPassword}
      />
    </AuthPage>
  );
}
