import { z } from "zod";
import { proofFields, requireProof } from "#lib/auth/step-up.ts";
import { trustClock } from "#lib/clock/check-clock.ts";
import { clockDoubtOf } from "#lib/clock/clock-doubt.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import { ConflictError } from "#lib/errors.ts";
import { operation } from "#lib/operation.ts";

export const confirmClock = operation({
  name: "confirmClock",
  summary:
    "Says that the database's clock is right after a doubt, so that retention and the trash go on. Only of the only tenant; needs the login password.",
  http: { method: "DELETE", path: "/clock-doubt" },
  permission: "clock.trust",
  input: z.object(proofFields),
  output: z.object({ now: z.string().describe("What the clock shows.") }),
  audit: ({ now }) => ({ action: "clock.trusted", detail: { now } }),
  changes: ["notices", "overview", "policies"],
  prepare: (context, input) => requireProof(context, input),
  run: async (db) => {
    const now = await databaseNow(db);
    const doubt = await clockDoubtOf(db, now);
    if (!doubt?.confirmable)
      throw new ConflictError(doubt?.sentence ?? "Nothing speaks against the clock at present.", "nothing-to-confirm");
    await trustClock();
    return { now: now.toISOString() };
  },
});
