import { env } from "#lib/env.ts";

/** Why a run does not begin though its time has come, as its row says it. */
export function heldBack() {
  const { HOLDFAST_TENANT_RUNS, HOLDFAST_DESTINATION_RUNS } = env();
  return {
    running: "Another run of this system is under way.",
    restoring: "This system is being restored.",
    destination: `One of its destinations takes part in ${HOLDFAST_DESTINATION_RUNS} runs already, as many as may be under way at once.`,
    turn: "Its turn: a place is kept free for others who wait.",
    tenant: `${HOLDFAST_TENANT_RUNS} runs are under way already, as many as may be at once.`,
  };
}
