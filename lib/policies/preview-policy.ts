import { operation } from "#lib/operation.ts";
import { policyPreviewSchema, previewPolicyInput } from "#lib/policies/schemas.ts";
import { describeRetention, describeSchedule } from "#lib/schedule/contract.ts";
import { anchorSchedule, occurrencesAfter } from "#lib/schedule/due.ts";

const RUNS_SHOWN = 5;

export const previewPolicy = operation({
  name: "previewPolicy",
  summary: "What a policy would do, before it is saved: its next five runs, and its schedule and retention in words.",
  http: { method: "POST", path: "/policies/preview" },
  permission: "policies.read",
  input: previewPolicyInput,
  output: policyPreviewSchema,
  audit: "nothing: a calculation that changes nothing",
  run: (_db, _context, { schedule, retention }) => {
    const now = new Date();
    const runs = occurrencesAfter(anchorSchedule(schedule, null, now), now, RUNS_SHOWN);
    return Promise.resolve({
      nextRuns: runs.map(({ dueAt }) => dueAt.toISOString()),
      schedule: describeSchedule(schedule),
      retention: retention ? describeRetention(retention) : null,
    });
  },
});
