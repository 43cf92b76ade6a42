export type Permission = "default" | "granted" | "denied" | "missing";

/** Whether the browser shows messages of this page outside of it. */
export function permission(): Permission {
  return "Notification" in window ? Notification.permission : "missing";
}

export async function askPermission(): Promise<Permission> {
  if (!("Notification" in window)) return "missing";
  return await Notification.requestPermission();
}

/** Show a message outside of the page, where the browser has allowed it; the page shows it in any case. */
export function notify(title: string, body: string, tag: string): void {
  if (permission() !== "granted") return;
  try {
    new Notification(title, { body, tag });
  } catch {
    // Some phones want a service worker for it, which this page has not.
  }
}
