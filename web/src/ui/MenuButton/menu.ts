import type { ReactNode } from "react";

/** One line of a menu. */
export interface MenuEntry {
  readonly id: string;
  readonly label: string;
  readonly icon?: ReactNode;
  readonly description?: string;
  readonly shortcut?: string;
  readonly tone?: "danger";
}

export interface MenuGroup {
  readonly title?: string;
  readonly entries: readonly MenuEntry[];
}

export interface MenuProps {
  readonly label: string;
  readonly groups: readonly MenuGroup[];
  /** Ids with a check mark; absent in a menu of commands. */
  readonly selected?: readonly string[];
  readonly multiple?: boolean;
  /** Placeholder of a search field above the entries, for long lists. */
  readonly search?: string | undefined;
  readonly onAction?: (id: string) => void;
  readonly onSelect?: (ids: readonly string[]) => void;
}
