import { api } from "../api/client";
import type { Problem } from "../api/problem";
import type { Receipt } from "../api/types";
import { disagreement, type Expected } from "./agreement";
import { toBase64 } from "./base64";
import { Rejected } from "./sandboxWallet";

export type Sent =
  | { outcome: "done"; receipt: Receipt }
  /** The person said no in the wallet: nothing was sent. */
  | { outcome: "rejected" }
  /** The wallet could not sign, or the text was not what was asked: nothing was sent. */
  | { outcome: "unsigned"; words: string }
  | { outcome: "refused"; problem: Problem };

export type Signer = { publicKey: string | null; signMessage: (text: string) => Promise<Uint8Array> };
export type Step = "signing" | "sending" | "again";

/** The same signed intent is sent again after these waits: its nonce lets it take effect once. */
const WAITS_MS = [1_000, 2_000, 4_000, 8_000];

function isUnanswered(problem: Problem): boolean {
  return problem.status === 0 || problem.status === 429 || problem.status >= 500;
}

/** Have the wallet sign a text that says what was asked, and send it until it is answered. */
export async function signAndSend(
  text: string,
  expected: Expected,
  signer: Signer,
  onStep: (step: Step) => void = () => {},
): Promise<Sent> {
  const difference = disagreement(text, expected);
  if (difference) return { outcome: "unsigned", words: `${difference} Nothing was signed.` };
  if (!signer.publicKey) return { outcome: "unsigned", words: "No wallet is connected." };
  let signature: string;
  onStep("signing");
  try {
    signature = toBase64(await signer.signMessage(text));
  } catch (error) {
    if (error instanceof Rejected) return { outcome: "rejected" };
    return { outcome: "unsigned", words: error instanceof Error ? error.message : String(error) };
  }
  onStep("sending");
  return await send({ text, public_key: signer.publicKey, signature }, onStep);
}

async function send(
  body: { text: string; public_key: string; signature: string },
  onStep: (step: Step) => void,
): Promise<Sent> {
  let answer = await api.intent(body);
  for (const wait of WAITS_MS) {
    if (answer.ok || !isUnanswered(answer.problem)) break;
    onStep("again");
    const asked = answer.problem.retry_after_ms ?? 0;
    await new Promise((resolve) => setTimeout(resolve, Math.max(wait, asked)));
    answer = await api.intent(body);
  }
  if (answer.ok) return { outcome: "done", receipt: answer.value };
  return { outcome: "refused", problem: answer.problem };
}
