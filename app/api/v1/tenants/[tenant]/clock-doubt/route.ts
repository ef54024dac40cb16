import { confirmClock } from "#lib/clock/confirm-clock.ts";
import { route } from "#lib/http/route.ts";

export const DELETE = route(confirmClock);
