import * as Radix from "@radix-ui/react-toast";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { Link } from "wouter";
import { IconButton } from "./Button";
import { onEscapeKeyDown } from "./escape";
import { CloseIcon } from "./icons";

export type Message = {
  title: string;
  text?: ReactNode;
  link?: { href: string; label: string };
  tone?: "plain" | "danger";
  /** Until it is dismissed, for what nobody may miss. */
  stays?: boolean;
};

const ToastContext = createContext<(message: Message) => void>(() => {});
/** `toast({title: "Withdrawn 0.5 wETH", link: {href: "/history", label: "Show the entries"}})`. */
export const useToast = () => useContext(ToastContext);

const SHOWN_FOR_MS = 9_000;

export function ToastHost({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<(Message & { id: number })[]>([]);
  const show = useCallback((message: Message) => {
    setMessages((held) => [...held.slice(-2), { ...message, id: (held.at(-1)?.id ?? 0) + 1 }]);
  }, []);
  return (
    <ToastContext value={show}>
      <Radix.Provider duration={SHOWN_FOR_MS} label="Message">
        {children}
        {messages.map((message) => (
          <Radix.Root
            key={message.id}
            {...(message.stays && { duration: Number.POSITIVE_INFINITY })}
            onEscapeKeyDown={onEscapeKeyDown}
            onOpenChange={(open) => open || setMessages((held) => held.filter(({ id }) => id !== message.id))}
            className={`rise flex items-start gap-3 rounded-(--radius) border bg-panel py-2 pr-1 pl-4 shadow-2xl ${
              message.tone === "danger" ? "border-danger" : "border-line"
            }`}
          >
            <div className="min-w-0 py-1">
              <Radix.Title className="font-medium">{message.title}</Radix.Title>
              {message.text && <Radix.Description className="text-muted">{message.text}</Radix.Description>}
              {message.link && (
                <Link href={message.link.href} className="text-accent underline">
                  {message.link.label}
                </Link>
              )}
            </div>
            <Radix.Close asChild>
              <IconButton label="Dismiss" className="ml-auto">
                <CloseIcon />
              </IconButton>
            </Radix.Close>
          </Radix.Root>
        ))}
        <Radix.Viewport className="fixed right-0 bottom-0 z-60 flex w-[min(26rem,100vw)] flex-col gap-2 p-4 outline-none max-md:bottom-14" />
      </Radix.Provider>
    </ToastContext>
  );
}
