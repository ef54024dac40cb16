import { isDeepStrictEqual } from "node:util";
import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";
import type { PlanChange, RestorePlan } from "#lib/connectors/connector.ts";
import { keepingAsMuch } from "#lib/connectors/tenant-configuration/keeping-as-much.ts";
import { ontoOwnSystem } from "#lib/connectors/tenant-configuration/onto-own-system.ts";

type Plan = Pick<RestorePlan, "changes" | "warnings" | "effects">;

/** What applying `inBackup` would change in `live`, by part. Credentials are told as present or not, never shown. */
export function planConfiguration(live: TenantConfiguration, inBackup: TenantConfiguration): Plan {
  const wanted = ontoOwnSystem(live, inBackup);
  const planned = [
    planTenant(live, wanted),
    planMembers(live.members, wanted.members),
    planConnected("Systems", live.systems, wanted.systems),
    planConnected("Destinations", live.destinations, wanted.destinations),
    planPolicies(live.policies, wanted.policies),
    planKeys(live.keys, wanted.keys),
    { ...nothing(), changes: compareById("Settings", settingsOf(live), settingsOf(wanted)) },
  ];
  return {
    changes: planned.flatMap(({ changes }) => changes),
    warnings: planned.flatMap(({ warnings }) => warnings),
    effects: ["You will be signed out: all sessions of this tenant's members end.", ...planned.flatMap(({ effects }) => effects)],
  };
}

function nothing(): Plan {
  return { changes: [], warnings: [], effects: [] };
}

function planTenant({ tenant: live }: TenantConfiguration, { tenant: wanted }: TenantConfiguration): Plan {
  const plan = nothing();
  if (live.name !== wanted.name)
    plan.changes.push({ part: "Tenant", action: "change", subject: "Name", before: live.name, after: wanted.name });
  if (live.id !== wanted.id)
    plan.warnings.push(
      `This is the configuration of another tenant, “${wanted.name}” (${wanted.slug}). Credentials have to be typed again.`,
    );
  return plan;
}

type Members = TenantConfiguration["members"];

/** Members are compared by address: accounts and passwords are not in a backup, so nobody can be brought back by id. */
function planMembers(live: Members, wanted: Members): Plan {
  const plan = nothing();
  const roles = new Map(wanted.map(({ email, role }) => [email, role]));
  const ownerStays = live.some(({ email }) => roles.get(email) === "owner");
  for (const { email, role } of live) {
    const after = roles.get(email);
    if (after === role) continue;
    if (role === "owner" && !ownerStays) {
      plan.warnings.push(`${email} stays an owner, because otherwise the tenant would have none.`);
    } else if (after === undefined) {
      plan.changes.push({ part: "Members", action: "remove", subject: email, before: { role } });
      plan.effects.push(`${email} will no longer be a member.`);
    } else {
      plan.changes.push({ part: "Members", action: "change", subject: email, before: { role }, after: { role: after } });
    }
  }
  const present = new Set(live.map(({ email }) => email));
  for (const { email, role } of wanted.filter((member) => !present.has(member.email))) {
    plan.warnings.push(`${email} (${role}) has to be invited again: accounts and passwords are not in a backup.`);
  }
  return plan;
}

type Connected = TenantConfiguration["systems"];

function planConnected(part: "Systems" | "Destinations", live: Connected, wanted: Connected): Plan {
  const changes = compareById(
    part,
    live.map(withoutSecrets),
    wanted.map(withoutSecrets),
    (id) => sealedOf(live, id) !== sealedOf(wanted, id),
  );
  const leaving = changes.filter(({ action }) => action === "remove").map(({ subject }) => `“${subject}”`);
  const warnings =
    leaving.length === 0 ? [] : [`Not in the backup: ${leaving.join(", ")}. Whatever stored backups refer to is kept; the rest goes.`];
  return { changes, warnings, effects: [] };
}

function withoutSecrets({ sealedSecrets, ...rest }: Connected[number]) {
  return { ...rest, credentials: sealedSecrets === null ? "none" : "stored" };
}

function sealedOf(rows: Connected, id: string): string | null {
  return rows.find((row) => row.id === id)?.sealedSecrets ?? null;
}

type Policies = TenantConfiguration["policies"];

/** Retention only grows: to keep fewer is an edit of the policy, which shows first what it deletes. */
function planPolicies(live: Policies, wanted: Policies): Plan {
  const applied = wanted.map((policy) => keepingAsMuch(live, policy));
  const kept = applied.filter(({ retention }, index) => !isDeepStrictEqual(retention, wanted[index]?.retention));
  const warnings = kept.map(({ name }) => `The policy “${name}” keeps as many backups as it does now: the backup’s rules keep fewer.`);
  return { ...nothing(), changes: compareById("Policies", live, applied), warnings };
}

type Keys = TenantConfiguration["keys"];

/** Keys only merge: one that is here stays as it is, one that is not comes back as retired. */
function planKeys(live: Keys, wanted: Keys): Plan {
  const plan = nothing();
  const present = new Set(live.map(({ id }) => id));
  for (const { id, mode, fingerprint, createdAt } of wanted.filter((key) => !present.has(key.id))) {
    if (mode === "managed") plan.warnings.push(`The managed key ${fingerprint} cannot come back: its secret half is in no backup.`);
    else plan.changes.push({ part: "Keys", action: "add", subject: fingerprint, after: { id, mode, createdAt, retired: true } });
  }
  return plan;
}

function settingsOf({ settings }: TenantConfiguration) {
  return Object.entries(settings).map(([name, value]) => ({ id: name, name, value }));
}

/** `alsoDiffers` is asked for rows that look alike. */
function compareById<Row extends { id: string; name: string }>(
  part: string,
  live: Row[],
  wanted: Row[],
  alsoDiffers: (id: string) => boolean = () => false,
): PlanChange[] {
  const before = new Map(live.map((row) => [row.id, row]));
  const after = new Map(wanted.map((row) => [row.id, row]));
  const changes: PlanChange[] = [];
  for (const [id, row] of after) {
    const old = before.get(id);
    if (!old) changes.push({ part, action: "add", subject: row.name, after: row });
    else if (!isDeepStrictEqual(old, row) || alsoDiffers(id))
      changes.push({ part, action: "change", subject: row.name, before: old, after: row });
  }
  for (const [id, row] of before) if (!after.has(id)) changes.push({ part, action: "remove", subject: row.name, before: row });
  return changes;
}
