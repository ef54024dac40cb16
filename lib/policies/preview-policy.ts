import { decideRetention, type RetentionRules } from "#lib/backups/decide-retention.ts";
import { clockDoubtOf } from "#lib/clock/clock-doubt.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import type { Transaction } from "#lib/db/client.ts";
import { operation } from "#lib/operation.ts";
import { policyOrThrow } from "#lib/policies/get-policy.ts";
import { toDecisions } from "#lib/policies/retention-decisions.ts";
import { policyPreviewSchema, previewPolicyInput } from "#lib/policies/schemas.ts";
import { describeContract, describeRetention, describeSchedule } from "#lib/schedule/contract.ts";
import { anchorSchedule } from "#lib/schedule/due.ts";
import { previewRuns, runsAtClockChanges } from "#lib/schedule/preview-runs.ts";
import { simulateYear } from "#lib/schedule/simulate-year.ts";

const RUNS_SHOWN = 10;

export const previewPolicy = operation({
  name: "previewPolicy",
  summary:
    "What a policy would do, before it is saved: its next ten runs in its zone and in UTC, what it promises in words, what a year comes to, and what becomes of its backups.",
  http: { method: "POST", path: "/policies/preview" },
  permission: "policies.read",
  input: previewPolicyInput,
  output: policyPreviewSchema,
  audit: "nothing: a calculation that changes nothing",
  run: async (db, _context, { policyId, systemIds, schedule, retention }) => {
    const policy = policyId === undefined ? null : await policyOrThrow(db, policyId);
    const now = await databaseNow(db);
    const anchored = anchorSchedule(schedule, policy?.schedule ?? null, now);
    const { timeZone } = schedule;
    const rules = policy && retention ? { policyId: policy.id, systemIds: systemIds ?? policy.systemIds, retention, timeZone } : null;
    const runs = previewRuns(anchored, now, RUNS_SHOWN).map((run) => ({ ...run, dueAt: run.dueAt.toISOString() }));
    const year = retention ? simulateYear(anchored, retention, now) : null;
    return {
      nextRuns: runs.map(({ dueAt }) => dueAt),
      runs,
      clockChanges: runsAtClockChanges(anchored, now).flatMap(({ note }) => note ?? []),
      promise: retention && year ? describeContract(schedule, retention, year) : null,
      schedule: describeSchedule(schedule),
      retention: retention ? describeRetention(retention) : null,
      year,
      ...(rules ? await presentBackups(db, rules, now) : { keeps: null, deletes: null, decisions: [], waits: null }),
    };
  },
});

async function presentBackups(db: Transaction, rules: RetentionRules, now: Date) {
  const waits = (await clockDoubtOf(db, now))?.sentence ?? null;
  return { ...toDecisions(await decideRetention(db, rules, now)), waits };
}
