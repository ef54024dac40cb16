import { z } from "zod";
import { roles } from "#lib/auth/permissions.ts";
import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { parseRecipient } from "#lib/crypto/identity.ts";
import { fingerprintOf } from "#lib/crypto/keyring.ts";
import { MAX_KEY_FILE_BYTES } from "#lib/crypto/passphrase.ts";
import type { Transaction } from "#lib/db/client.ts";
import { nameField } from "#lib/http/fields.ts";
import { findUnstorableText } from "#lib/http/text-problem.ts";
import { idPrefixes } from "#lib/ids.ts";
import { keyModes, MAX_RECOVERY_RECIPIENTS } from "#lib/keys/schemas.ts";
import { createPolicyInput } from "#lib/policies/schemas.ts";
import { retentionSchema, storedScheduleSchema } from "#lib/schedule/schemas.ts";

const { attempts, windowMinutes, catchUp } = createPolicyInput.shape;

/**
 * Why a configuration out of an archive must not be applied, each a sentence: what is in it has to hold to the rules that the API sets for whoever types
 * it. An archive is only as honest as whoever made it.
 */
export async function objectionsTo(db: Transaction, wanted: TenantConfiguration): Promise<string[]> {
  const unstorable = findUnstorableText(wanted);
  const found = [
    ...(unstorable ? [`${unstorable.path} holds a character that cannot be stored.`] : []),
    ...problemsOf("The tenant", z.object({ name: nameField }), wanted.tenant),
    ...wanted.members.flatMap((member) => problemsOf(`The member ${quoted(member.email)}`, memberSchema, member)),
    ...wanted.systems.flatMap((system) => problemsOf(`The system ${quoted(system.name)}`, connectedSchema("system"), system)),
    ...wanted.destinations.flatMap((each) => problemsOf(`The destination ${quoted(each.name)}`, connectedSchema("destination"), each)),
    ...wanted.policies.flatMap((policy) => problemsOf(`The policy ${quoted(policy.name)}`, policySchema, policy)),
    ...(await newKeys(db, wanted)).flatMap((key) => problemsOf(`The key ${quoted(key.fingerprint)}`, keySchema, key)),
  ];
  if (found.length > 0) return found.slice(0, MOST_SHOWN);
  return [
    ...otherKinds("system", await db.system.findMany(idAndKind), wanted.systems),
    ...otherKinds("destination", await db.destination.findMany(idAndKind), wanted.destinations),
  ];
}

/** Those that would be added: keys that are here stay as they are, and managed ones never come back (merge-keys.ts). */
async function newKeys(db: Transaction, { keys }: TenantConfiguration): Promise<TenantConfiguration["keys"]> {
  const present = new Set((await db.key.findMany({ select: { id: true } })).map((key) => key.id));
  return keys.filter(({ id, mode }) => !present.has(id) && mode !== "managed");
}

const MOST_SHOWN = 20;
const idAndKind = { select: { id: true, kind: true } } as const;

/** Backups and credentials belong to a system of one kind: another kind under its id would read them as its own. */
function otherKinds(noun: string, present: { id: string; kind: string }[], wanted: { id: string; name: string; kind: string }[]): string[] {
  const kinds = new Map(present.map(({ id, kind }) => [id, kind]));
  return wanted
    .filter(({ id, kind }) => kinds.has(id) && kinds.get(id) !== kind)
    .map(({ name, id, kind }) => `The ${noun} ${quoted(name)} would become another kind: ${kind} instead of ${kinds.get(id) ?? ""}.`);
}

/** As newId makes them; they become parts of objects' names. */
function idOf(kind: keyof typeof idPrefixes) {
  return z.string().regex(new RegExp(`^${idPrefixes[kind]}_[0-9a-z]{26}$`), "This is no id of Holdfast's.");
}

const memberSchema = z.object({ role: z.enum(roles) });

function connectedSchema(noun: "system" | "destination") {
  return z.object({
    id: idOf(noun),
    name: nameField,
    kind: z.string().regex(/^[a-z0-9-]{1,64}$/, "This is no kind of system or destination."),
  });
}

const policySchema = z.object({
  id: idOf("policy"),
  name: nameField,
  schedule: storedScheduleSchema,
  retention: retentionSchema,
  attempts,
  windowMinutes,
  catchUp,
});

const recipient = z.string().refine(isRecipient, "Nothing can be encrypted to this recipient.");

const keySchema = z
  .object({
    id: idOf("key"),
    mode: z.enum(keyModes),
    fingerprint: z.string(),
    recipient: recipient.nullable(),
    recoveryRecipients: z.array(recipient).max(MAX_RECOVERY_RECIPIENTS),
    protectedIdentity: z.string().max(MAX_KEY_FILE_BYTES).nullable(),
    hint: z.string().max(200).nullable(),
  })
  .refine((key) => key.fingerprint === (key.recipient === null ? "" : fingerprintOf(key.recipient)), {
    error: "The fingerprint is not the recipient's.",
    path: ["fingerprint"],
  });

function isRecipient(text: string): boolean {
  try {
    parseRecipient(text);
    return true;
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}

function problemsOf(what: string, schema: z.ZodType, value: unknown): string[] {
  const { error } = schema.safeParse(value);
  return (error?.issues ?? []).map((issue) => `${what}: ${issue.path.join(".")}: ${issue.message}`);
}

function quoted(text: string): string {
  return `“${text.slice(0, 100)}”`;
}
