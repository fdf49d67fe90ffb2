import { ChevronDown } from "lucide-react";
import { lazy, type ReactNode, type Ref, Suspense, useImperativeHandle, useRef, useState } from "react";
import { Button, type ButtonLook } from "../Button/Button.tsx";
import type { MenuProps } from "./menu.ts";

/** Menus come with the widget library; it is loaded when a pointer or the focus first comes near. */
const load = () => import("./MenuPopover.tsx").then((module) => ({ default: module.MenuPopover }));
const MenuPopover = lazy(load);

/** Opens the menu from elsewhere, for keyboard shortcuts. */
export interface MenuHandle {
  readonly open: () => void;
}

interface Props extends MenuProps {
  readonly look?: ButtonLook;
  readonly chevron?: boolean;
  readonly disabled?: boolean;
  readonly handle?: Ref<MenuHandle>;
  readonly children: ReactNode;
}

export function MenuButton({ look, chevron = true, disabled, handle, children, ...menu }: Props) {
  const trigger = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  useImperativeHandle(handle, () => ({ open: () => setOpen(true) }));
  return (
    <>
      <Button
        {...look}
        ref={trigger}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-label={menu.label}
        disabled={disabled}
        onPointerEnter={() => void load()}
        onFocus={() => void load()}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {children}
        {chevron && <ChevronDown size={13} aria-hidden="true" />}
      </Button>
      {isOpen && (
        <Suspense fallback={null}>
          <MenuPopover {...menu} trigger={trigger} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
