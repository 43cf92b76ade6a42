import { useCallback, useRef, useState } from "react";
import { meaningOf } from "./meaning";
import type { Approval } from "./SigningSheet";
import { Rejected } from "./sandboxWallet";

/**
 * Hold what the sandbox wallet is asked to sign until the person decides.
 *
 * `quietly` lets sign-in texts pass without a window while it runs: reading one's own play money at first sight.
 */
export function useApproval(wallet: string) {
  const [approval, setApproval] = useState<Approval | null>(null);
  const isQuiet = useRef(false);

  const approve = useCallback(
    (text: string) => {
      if (isQuiet.current && meaningOf(text).kind === "sign-in") return Promise.resolve();
      return new Promise<void>((resolve, reject) => {
        const end = (settle: () => void) => () => {
          setApproval(null);
          settle();
        };
        setApproval({ wallet, text, sign: end(resolve), reject: end(() => reject(new Rejected())) });
      });
    },
    [wallet],
  );

  const quietly = useCallback(async <T>(run: () => Promise<T>): Promise<T> => {
    isQuiet.current = true;
    try {
      return await run();
    } finally {
      isQuiet.current = false;
    }
  }, []);

  return { approval, approve, quietly };
}
