/**
 * Node's options for a process that moves archives (docs/decisions/0033-archive-speed.md): it may collect its youngest objects when it knows that there is
 * much to collect; the space for them stays at 16 MiB, where a long run would let it grow to 134; and the heap may grow to three times what is in use
 * before all of it is collected.
 */
export const COLLECTOR_OPTIONS = ["--expose-gc", "--max-semi-space-size=8", "--heap-growing-percent=200"] as const;

const COLLECTED_EVERY_BYTES = 2 * 1024 * 1024;
let passedBytes = 0;

/**
 * Tells that so many bytes of an archive went through buffers that nobody uses any more. They lie outside the heap, where V8 counts them late: it lets
 * 64 MiB and more of them gather, and then walks all of the heap. Collecting the youngest objects now and then, a millisecond each time, frees nearly
 * all of them. Does nothing in a process without COLLECTOR_OPTIONS.
 */
export function passed(bytes: number): void {
  passedBytes += bytes;
  if (passedBytes < COLLECTED_EVERY_BYTES) return;
  passedBytes = 0;
  globalThis.gc?.({ type: "minor", execution: "sync" });
}
