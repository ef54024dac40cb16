import { createHmac } from "node:crypto";

export interface SignedMessage {
  /** The same at every attempt: the receiver knows by it what it has already handled. */
  id: string;
  at: Date;
  body: string;
}

/**
 * The three headers of Standard Webhooks 1.0: id, unix seconds, and for each secret `v1,` with the base64 of HMAC-SHA-256 over
 * `id.timestamp.body`, separated by blanks. A secret is `whsec_` and base64.
 */
export function signatureHeaders({ id, at, body }: SignedMessage, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}
