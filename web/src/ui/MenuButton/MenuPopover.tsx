import { Check } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import {
  Autocomplete,
  Header,
  Input,
  Menu,
  MenuItem,
  MenuSection,
  Popover,
  SearchField,
  type Selection,
  useFilter,
} from "react-aria-components";
import { t } from "../../lib/i18n.ts";
import { cx } from "../cx.ts";
import { Kbd } from "../Kbd/Kbd.tsx";
import styles from "./MenuPopover.module.css";
import type { MenuEntry, MenuProps } from "./menu.ts";

interface Props extends MenuProps {
  readonly trigger: RefObject<HTMLElement | null>;
  readonly onClose: () => void;
}

export function MenuPopover({ trigger, onClose, search, ...menu }: Props) {
  return (
    <Popover
      triggerRef={trigger}
      aria-label={menu.label}
      isOpen
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      placement="bottom end"
      offset={4}
      className={cx(styles.popover)}
    >
      {search === undefined ? (
        <Entries {...menu} focus onClose={onClose} />
      ) : (
        <Filtered placeholder={search}>
          <Entries {...menu} focus={false} onClose={onClose} />
        </Filtered>
      )}
    </Popover>
  );
}

function Filtered({ placeholder, children }: { readonly placeholder: string; readonly children: ReactNode }) {
  const { contains } = useFilter({ sensitivity: "base" });
  return (
    <Autocomplete filter={contains}>
      <SearchField aria-label={placeholder} autoFocus className={cx(styles.search)}>
        <Input placeholder={placeholder} />
      </SearchField>
      {children}
    </Autocomplete>
  );
}

interface EntriesProps extends Omit<MenuProps, "search"> {
  readonly focus: boolean;
  readonly onClose: () => void;
}

function Entries({
  label,
  groups,
  selected,
  multiple = false,
  focus,
  onAction,
  onSelect,
  onClose,
}: EntriesProps) {
  const onSelectionChange = (selection: Selection) => {
    onSelect?.(selection === "all" ? [] : [...selection].map(String));
    if (!multiple) onClose();
  };
  return (
    <Menu
      {...(selected === undefined
        ? {}
        : { selectionMode: multiple ? "multiple" : "single", selectedKeys: selected, onSelectionChange })}
      aria-label={label}
      autoFocus={focus ? "first" : false}
      className={cx(styles.menu)}
      onAction={(id) => onAction?.(String(id))}
      onClose={() => {
        if (!multiple) onClose();
      }}
      renderEmptyState={() => <div className={styles.none}>{t("menu.none")}</div>}
    >
      {groups.map((group) => (
        <MenuSection key={group.title ?? group.entries[0]?.id ?? ""} aria-label={group.title ?? label}>
          {group.title !== undefined && <Header className={cx(styles.header)}>{group.title}</Header>}
          {group.entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </MenuSection>
      ))}
    </Menu>
  );
}

function Entry({ entry }: { readonly entry: MenuEntry }) {
  return (
    <MenuItem
      id={entry.id}
      textValue={entry.label}
      className={cx(styles.item, entry.tone === "danger" && styles.danger)}
    >
      {({ selectionMode, isSelected }) => (
        <>
          {selectionMode === "none" ? (
            <span>{entry.icon}</span>
          ) : (
            <span className={styles.check}>{isSelected && <Check size={14} />}</span>
          )}
          <span className={styles.label}>
            {entry.label}
            {entry.description !== undefined && (
              <span className={styles.description}>{entry.description}</span>
            )}
          </span>
          {entry.shortcut !== undefined && <Kbd keys={entry.shortcut} />}
        </>
      )}
    </MenuItem>
  );
}
