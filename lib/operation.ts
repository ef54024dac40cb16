import type { z } from "zod";
import type { Context } from "#lib/auth/context.ts";
import { type Permission, permissions, roleMay, whomToAsk } from "#lib/auth/permissions.ts";
import { type AuditEntry, appendAudit } from "#lib/db/audit.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { env } from "#lib/env.ts";
import { ConflictError, ForbiddenError, InvalidInputError } from "#lib/errors.ts";
import { findUnstorableText } from "#lib/http/text-problem.ts";
import { scheduleChangeRuns } from "#lib/runs/schedule-change-runs.ts";

/** Everything a person or program can do. All properties that guard are required: forgetting one does not compile. */
export interface Operation<Input extends z.ZodType, Output extends z.ZodType, Prepared = undefined> {
  /** As the function is named: "createPolicy". */
  name: string;
  /** One sentence for the API's description. */
  summary: string;
  http: {
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    /** Below the tenant: "/policies/{id}". */ path: string;
    status?: 200 | 201 | 202 | 204;
  };
  permission: Permission;
  input: Input;
  output: Output;
  /**
   * What is written to the audit log in the same transaction; "nothing: …" says why a read leaves no entry.
   * Answering null means that nothing changed after all.
   */
  audit: `nothing: ${string}` | ((result: z.output<Output>, input: z.output<Input>) => AuditEntry | AuditEntry[] | null);
  /** The kind of the tenant's things that browsers should look at again afterwards. */
  changes?: readonly string[];
  /** True when the tenant's own configuration is different afterwards, so that `onChange` policies back it up. */
  changesConfiguration?: boolean;
  /** Slow or outside work (connecting, hashing, unlocking) before the transaction opens. */
  prepare?: (context: Context, input: z.output<Input>) => Promise<Prepared>;
  run: (db: Transaction, context: Context, input: z.output<Input>, prepared: Prepared) => Promise<z.input<Output>>;
}

/** An operation whose types no longer matter: for lists of all of them. */
export interface AnyOperation {
  name: string;
  summary: string;
  http: Operation<z.ZodType, z.ZodType>["http"];
  permission: Permission;
  input: z.ZodType;
  output: z.ZodType;
  audit: unknown;
  execute: (context: Context, rawInput: unknown) => Promise<unknown>;
}

/** Its own types come first: of the two signatures of `execute`, the first one that fits is taken. */
export type ExecutableOperation<Input extends z.ZodType, Output extends z.ZodType> = {
  input: Input;
  output: Output;
  execute: (context: Context, rawInput: unknown) => Promise<z.output<Output>>;
} & AnyOperation;

/**
 * Makes THE DOOR around a definition: authorize → parse → prepare → transaction { run → audit → tell browsers at commit }.
 * Authentication happened when the context was made (lib/http/route.ts).
 */
export function operation<Input extends z.ZodType, Output extends z.ZodType, Prepared = undefined>(
  definition: Operation<Input, Output, Prepared>,
): ExecutableOperation<Input, Output> {
  return { ...definition, execute: (context, rawInput) => execute(definition, context, rawInput) };
}

async function execute<Input extends z.ZodType, Output extends z.ZodType, Prepared>(
  definition: Operation<Input, Output, Prepared>,
  context: Context,
  rawInput: unknown,
): Promise<z.output<Output>> {
  requirePermission(context, definition.permission);
  const input = parseInput(definition.input, rawInput);
  const replayed = context.idempotencyKey ? await findReplay(definition, context, context.idempotencyKey) : null;
  if (replayed) return replayed as z.output<Output>;
  const prepared = (await definition.prepare?.(context, input)) as Prepared;
  return withTenant(context.tenant.id, async (db) => {
    if (definition.prepare) await requireSameRole(db, context);
    const output = definition.output.parse(await definition.run(db, context, input, prepared));
    if (context.idempotencyKey) await rememberResult(db, definition, context, context.idempotencyKey, output);
    await recordAudit(db, definition, context, output, input);
    if (definition.changes) await notifyChange(db, { tenantId: context.tenant.id, kinds: [...definition.changes] });
    return output;
  });
}

/** Throws ForbiddenError, which says whom to ask, unless the actor's role carries the permission. */
export function requirePermission(context: Context, permission: Permission): void {
  if (roleMay(context.actor.role, permission)) return;
  throw new ForbiddenError(
    `Your role, ${context.actor.role}, may not ${permissions[permission].description}. Ask ${whomToAsk(permission)} of this tenant.`,
  );
}

/** Preparing may take a minute, in which the person may have been removed or given another role. */
async function requireSameRole(db: Transaction, { actor }: Context): Promise<void> {
  const member = await db.member.findFirst({ where: { id: actor.memberId }, select: { role: true } });
  if (member?.role === actor.role) return;
  throw new ConflictError(
    "Your role changed while this was going on, so nothing was done. Reload the page, then try again.",
    "role-changed",
  );
}

/** Parses or throws InvalidInputError with a message for each field. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, raw: unknown): z.output<Schema> {
  const unstorable = findUnstorableText(raw);
  if (unstorable) throw new InvalidInputError("Some of the input cannot be stored.", [unstorable]);
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  throw new InvalidInputError("Some of the input is not right; each problem is named beside its field.", errors);
}

async function recordAudit<Input extends z.ZodType, Output extends z.ZodType, Prepared>(
  db: Transaction,
  definition: Operation<Input, Output, Prepared>,
  context: Context,
  result: z.output<Output>,
  input: z.output<Input>,
): Promise<void> {
  if (typeof definition.audit === "string") return;
  const entries = [definition.audit(result, input)].flat().filter((entry) => entry !== null);
  for (const entry of entries) await appendAudit(db, context.tenant.id, auditActor(context), entry);
  if (definition.changesConfiguration && entries.length > 0) await scheduleChangeRuns(db, env().HOLDFAST_CHANGE_DELAY_SECONDS);
}

/** The answer to a repeated request: the id that the first one made, and nothing else. */
async function findReplay(definition: { name: string }, context: Context, key: string): Promise<{ id: string | null } | null> {
  const row = await withTenant(context.tenant.id, (db) =>
    db.idempotencyKey.findFirst({ where: { memberId: context.actor.memberId, key } }),
  );
  if (!row) return null;
  if (row.operation !== definition.name)
    throw new ConflictError("This Idempotency-Key was used for another kind of request. Use a new one.", "idempotency-key-reused");
  return { id: row.resultId };
}

/** Two requests with one key at once: the second waits here for the first to commit, then fails and changes nothing. */
async function rememberResult(
  db: Transaction,
  definition: { name: string; http: { status?: number } },
  context: Context,
  key: string,
  output: unknown,
) {
  const resultId = typeof output === "object" && output !== null && "id" in output && typeof output.id === "string" ? output.id : null;
  const { count } = await db.idempotencyKey.createMany({
    skipDuplicates: true,
    data: [{ memberId: context.actor.memberId, key, operation: definition.name, resultId, status: definition.http.status ?? 200 }],
  });
  if (count === 0)
    throw new ConflictError("A request with this Idempotency-Key is being handled. Try again in a moment.", "idempotency-key-busy");
}

/** The context's actor as the audit log names it. */
function auditActor(context: Context): Parameters<typeof appendAudit>[2] {
  return { kind: "member", id: context.actor.memberId, label: context.actor.email, address: context.address };
}
