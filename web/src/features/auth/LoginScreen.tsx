import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { bootstrapQuery, logIn } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { TextField } from "../../ui/TextField/TextField.tsx";
import { AuthPage } from "./AuthPage.tsx";

const route = getRouteApi("/login");

export function LoginScreen() {
  const { next } = route.useSearch();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const submit = async () => {
    await logIn(email, password);
    queryClient.clear();
    await queryClient.fetchQuery(bootstrapQuery);
    router.history.push(localPath(next));
  };
  return (
    <AuthPage title={t("login.title")} action={t("login.action")} onSubmit={submit}>
      <TextField
        label={t("login.email")}
        type="email"
        autoComplete="username"
        required
        autoFocus
        value={email}
        onChange={setEmail}
      />
      <TextField
        label={t("login.password")}
        type="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={setPassword}
      />
    </AuthPage>
  );
}

/** Only a path of ours: a link must not be able to send people elsewhere after they logged in. */
export function localPath(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : "/";
}
