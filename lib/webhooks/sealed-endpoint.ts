import { randomBytes } from "node:crypto";
import type { Transaction } from "#lib/db/client.ts";
import { openForTenant, sealForTenant } from "#lib/tenants/data-key.ts";

/** What a webhook keeps sealed: its whole address and its signing secrets, the newest first. */
export interface Endpoint {
  url: string;
  secrets: SigningSecret[];
}

interface SigningSecret {
  /** `whsec_` and base64, as Standard Webhooks say. */
  value: string;
  /** When it stops to sign (RFC 3339); null for the present one. */
  until: string | null;
}

/** Standard Webhooks allow 24 to 64. */
const SECRET_BYTES = 32;
const MS_PER_HOUR = 3_600_000;

/** A new endpoint with a secret of its own. */
export function newEndpoint(url: string): Endpoint {
  return { url: new URL(url).href, secrets: [newSecret()] };
}

/** The endpoint with a new secret; the one before goes on signing for so many hours. Older ones end at once. */
export function withNewSecret({ url, secrets }: Endpoint, now: Date, oldValidHours: number): Endpoint {
  const [present] = secrets;
  const until = new Date(now.getTime() + oldValidHours * MS_PER_HOUR).toISOString();
  return { url, secrets: [newSecret(), ...(present && oldValidHours > 0 ? [{ value: present.value, until }] : [])] };
}

/** The secrets that sign at that time, the newest first. */
export function signingSecrets({ secrets }: Endpoint, now: Date): string[] {
  return secrets.filter(({ until }) => until === null || new Date(until) > now).map(({ value }) => value);
}

/** Until when the secret before signs too; null when it does not, or there is none. */
export function oldSecretUntil({ secrets }: Endpoint, now: Date): string | null {
  return secrets.find(({ until }) => until !== null && new Date(until) > now)?.until ?? null;
}

/** The secret that is shown once. */
export function presentSecret({ secrets }: Endpoint): string {
  const present = secrets.find(({ until }) => until === null);
  if (!present) throw new Error("A webhook has no present secret.");
  return present.value;
}

export async function sealEndpoint(db: Transaction, webhookId: string, endpoint: Endpoint): Promise<string> {
  return sealForTenant(db, JSON.stringify(endpoint), nameOf(webhookId));
}

/** Throws CryptoError "sealed" when it is not this webhook's, or was changed. */
export async function openEndpoint(db: Transaction, webhook: { id: string; sealedSecrets: string }): Promise<Endpoint> {
  return JSON.parse(await openForTenant(db, webhook.sealedSecrets, nameOf(webhook.id))) as Endpoint;
}

const nameOf = (webhookId: string) => `${webhookId}:endpoint`;

function newSecret(): SigningSecret {
  return { value: `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`, until: null };
}
