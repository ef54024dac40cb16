import { env } from "#lib/env.ts";

/** How long a step that moves no data to speak of may take: connecting, asking, removing. In milliseconds. */
export function stepMs(): number {
  return env().HOLDFAST_STEP_SECONDS * 1000;
}

/** How long a step that moves data may stand still. In milliseconds. */
export function stillMs(): number {
  return env().HOLDFAST_STILL_SECONDS * 1000;
}
