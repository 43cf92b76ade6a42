import * as Radix from "@radix-ui/react-tabs";
import type { ReactNode } from "react";

export type Tab = { name: string; label: string; content: ReactNode };

/** Views of one thing of which one is shown. */
export function Tabs({
  label,
  tabs,
  value,
  onValue,
}: {
  label: string;
  tabs: Tab[];
  value: string;
  onValue: (name: string) => void;
}) {
  return (
    <Radix.Root value={value} onValueChange={onValue}>
      <Radix.List aria-label={label} className="flex gap-1 border-b border-line px-2">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.name}
            value={tab.name}
            className="hit border-b-2 border-transparent px-3 font-medium text-muted hover:text-text data-[state=active]:border-accent data-[state=active]:text-text"
          >
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.name} value={tab.name} className="outline-offset-[-2px]">
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
