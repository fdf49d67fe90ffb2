import type { ComponentPropsWithRef } from "react";
import { cx } from "../cx.ts";
import styles from "./Button.module.css";

export interface ButtonLook {
  readonly variant?: "default" | "primary" | "ghost" | "danger";
  readonly size?: "medium" | "small";
  /** A square button; it then needs an `aria-label`. */
  readonly icon?: boolean;
  readonly pressed?: boolean;
}

type Props = ButtonLook & ComponentPropsWithRef<"button">;

export function Button({ variant, size, icon, pressed, className, type = "button", ...rest }: Props) {
  const look = buttonClass({ variant, size, icon, pressed });
  return <button type={type} aria-pressed={pressed} className={cx(look, className)} {...rest} />;
}

/** The look of a button for things that are links. */
export function buttonClass(look: { [K in keyof ButtonLook]?: ButtonLook[K] | undefined } = {}): string {
  const variant = look.variant ?? "default";
  return cx(
    styles.button,
    variant !== "default" && styles[variant],
    look.size === "small" && styles.small,
    look.icon === true && styles.icon,
    look.pressed === true && styles.pressed,
  );
}
