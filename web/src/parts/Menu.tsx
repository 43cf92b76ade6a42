import * as Dropdown from "@radix-ui/react-dropdown-menu";
import type { KeyboardEvent } from "react";
import { IconButton } from "./Button";
import { MoreIcon } from "./icons";

export type MenuEntry = { label: string; note?: string; run: () => void };

/** Three dots that open a list of actions. */
export function Menu({ label, entries }: { label: string; entries: MenuEntry[] }) {
  return (
    <Dropdown.Root modal={false}>
      <Dropdown.Trigger asChild>
        <IconButton label={label}>
          <MoreIcon />
        </IconButton>
      </Dropdown.Trigger>
      <Dropdown.Portal>
        <Dropdown.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="rise z-30 min-w-64 rounded-(--radius) border border-line bg-panel py-1 shadow-2xl"
        >
          {entries.map((entry) => (
            <Dropdown.Item
              key={entry.label}
              onSelect={entry.run}
              onKeyDown={step}
              className="hit flex cursor-pointer items-center gap-4 px-3 outline-none data-highlighted:bg-raised"
            >
              {entry.label}
              {entry.note && <span className="ml-auto text-sm text-muted">{entry.note}</span>}
            </Dropdown.Item>
          ))}
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  );
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

/**
 * Go to the next entry at once. Radix goes there some time after the key: a second one that comes before that would
 * begin at the same entry again, and be lost.
 */
function step(event: KeyboardEvent<HTMLElement>): void {
  const way = STEPS[event.key];
  if (way === undefined) return;
  event.preventDefault();
  const entries = [
    ...(event.currentTarget.closest("[role=menu]")?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? []),
  ];
  entries[entries.indexOf(event.currentTarget) + way]?.focus();
}
