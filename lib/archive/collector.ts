import { setFlagsFromString } from "node:v8";

/**
 * Lets this process's heap grow to four times what is in use before all of it is collected. What moves archives fills and drops buffers of hundreds of
 * megabytes beside a small heap, and V8 would walk the whole heap every 15 of them (docs/decisions/0033-archive-speed.md). For workers: call it first.
 */
export function collectLessOften(): void {
  setFlagsFromString("--heap-growing-percent=300");
}
