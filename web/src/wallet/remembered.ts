/** The name of the wallet that was used last; a dash after the person disconnected. Nothing else is kept. */
const KEY = "solvent.wallet";
export const NOBODY = "-";

export function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // Storage is shut off in this browser: then every visit is a first one.
  }
}

export function remember(name: string): void {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // As above.
  }
}
