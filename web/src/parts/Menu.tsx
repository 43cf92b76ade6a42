import * as Dropdown from "@radix-ui/react-dropdown-menu";
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
