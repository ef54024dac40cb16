import type { FieldErrors, ResolverResult } from "react-hook-form";
import { createPolicyInput, type PolicyDto } from "#lib/policies/schemas.ts";
import { type Retention, type ScheduleInput, scheduleSchema } from "#lib/schedule/schemas.ts";

export const retentionRules = ["keepLast", "keepDays", "keepDaily", "keepWeekly", "keepMonthly", "keepYearly"] as const;
export type RetentionRule = (typeof retentionRules)[number];

/** A policy while it is being typed. Names are those of the API, so that its messages find their fields. */
export interface PolicyFormValues {
  name: string;
  enabled: boolean;
  systemIds: string[];
  destinationIds: string[];
  /** What every kind of schedule needs, so that changing the kind loses nothing. */
  schedule: { kind: ScheduleInput["kind"]; at: string[]; everyDays: string; expression: string; timeZone: string };
  onChange: boolean;
  retention: Record<RetentionRule, string>;
  attempts: string;
  windowMinutes: string;
  catchUp: "latest" | "skip";
}

/** What stands in the form at first: the policy, or what a new one is likely to be. */
export function policyFormValues(policy: PolicyDto | null, timeZone: string): PolicyFormValues {
  const schedule: ScheduleInput = policy?.schedule ?? { kind: "daily", at: "01:00", timeZone };
  const retention: Retention = policy?.retention ?? { keepLast: 30 };
  return {
    name: policy?.name ?? "",
    enabled: policy?.enabled ?? true,
    systemIds: policy?.systemIds ?? [],
    destinationIds: policy?.destinationIds ?? [],
    schedule: {
      kind: schedule.kind,
      at: "at" in schedule ? [schedule.at].flat() : ["01:00"],
      everyDays: schedule.kind === "interval" ? String(schedule.everyDays) : "2",
      expression: schedule.kind === "cron" ? schedule.expression : "0 1 * * 1-5",
      timeZone: schedule.timeZone,
    },
    onChange: policy?.onChange ?? false,
    retention: {
      keepLast: textOf(retention.keepLast),
      keepDays: textOf(retention.keepDays),
      keepDaily: textOf(retention.keepDaily),
      keepWeekly: textOf(retention.keepWeekly),
      keepMonthly: textOf(retention.keepMonthly),
      keepYearly: textOf(retention.keepYearly),
    },
    attempts: String(policy?.attempts ?? 3),
    windowMinutes: String(policy?.windowMinutes ?? 60),
    catchUp: policy?.catchUp ?? "latest",
  };
}

/** What is sent. Text that is no number stays text, for the schema to refuse beside its field. */
export function policyInput(values: PolicyFormValues): Record<string, unknown> {
  const rules = retentionRules.map((rule) => [rule, numberOf(values.retention[rule])] as const);
  return {
    ...values,
    schedule: scheduleInput(values.schedule),
    retention: Object.fromEntries(rules.filter(([, count]) => count !== undefined)),
    attempts: numberOf(values.attempts),
    windowMinutes: numberOf(values.windowMinutes),
  };
}

/** The schedule as typed, or null while it is not one. */
export function readSchedule(schedule: PolicyFormValues["schedule"]): ScheduleInput | null {
  const parsed = scheduleSchema.safeParse(scheduleInput(schedule));
  return parsed.success ? parsed.data : null;
}

/** Validates with the server's own schema, and puts each message beside its field. */
export function resolvePolicy(values: PolicyFormValues): ResolverResult<PolicyFormValues> {
  const parsed = createPolicyInput.safeParse(policyInput(values));
  if (parsed.success) return { values, errors: {} };
  const errors: Record<string, unknown> = {};
  for (const { path, message } of parsed.error.issues) put(errors, path, { type: "invalid", message });
  return { values: {}, errors: errors as FieldErrors<PolicyFormValues> };
}

function scheduleInput({ kind, at, everyDays, expression, timeZone }: PolicyFormValues["schedule"]): Record<string, unknown> {
  switch (kind) {
    case "daily":
      return { kind, at: at[0] ?? "", timeZone };
    case "hours":
      return { kind, at, timeZone };
    case "interval":
      return { kind, everyDays: numberOf(everyDays), at, timeZone };
    case "cron":
      return { kind, expression, timeZone };
  }
}

/** The first message of a place stands; an entry of a list is shown beside the list. */
function put(errors: Record<string, unknown>, path: PropertyKey[], message: { type: string; message: string }): void {
  const names = path.filter((part) => typeof part === "string");
  const last = names.pop();
  if (last === undefined) return;
  let place = errors;
  for (const name of names) {
    place[name] ??= {};
    place = place[name] as Record<string, unknown>;
  }
  place[last] ??= message;
}

function textOf(count: number | undefined): string {
  return count === undefined ? "" : String(count);
}

function numberOf(text: string): number | string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  return Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}
