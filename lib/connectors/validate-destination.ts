import { randomBytes, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { ConnectorContext, DestinationConnector, DestinationSession, ValidationResult } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import { readAtMost } from "#lib/connectors/read-at-most.ts";
import { createSteps, type Steps } from "#lib/connectors/steps.ts";

const PROBE_BYTES = 64 * 1024;

/**
 * Tries a destination as a backup would: connect, write a probe, read it back, compare, delete it. Where the server proves who it is, that is looked at
 * first; what nobody has confirmed yet is reported, and a secret is sent only after it was. After a step that failed the others are
 * not run, but a probe that may have been written is always removed. Never throws for the user's mistakes.
 */
export async function validateDestination<Config>(
  connector: DestinationConnector<Config>,
  config: Config,
  context: ConnectorContext,
): Promise<ValidationResult> {
  const steps = createSteps();
  const observed = await observe(connector, config, context, steps);
  const opened: DestinationSession[] = [];
  await steps.run("Connect", async () => {
    opened.push(await connector.open({ ...config, ...observed }, context));
    return "It answers.";
  });
  for (const session of opened) await probe(session, steps);
  return steps.result(observed);
}

async function observe<Config>(
  connector: DestinationConnector<Config>,
  config: Config,
  context: ConnectorContext,
  steps: Steps,
): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  const look = connector.observe?.bind(connector);
  if (!look) return all;
  await steps.run("Identify the server", async () => {
    const { detail, observed, mayGoOn } = await look(config, context);
    Object.assign(all, observed);
    if (Object.keys(observed).length === 0 || mayGoOn) return detail;
    throw new DestinationError("refused", `${detail} When both are the same, validate again with it: only then are the credentials sent.`);
  });
  return all;
}

async function probe(session: DestinationSession, steps: Steps): Promise<void> {
  const key = `.holdfast-probe-${randomUUID()}`;
  const sent = randomBytes(PROBE_BYTES);
  let received: Buffer = Buffer.alloc(0);
  try {
    await steps.run("Write a probe", async () => {
      await session.put(key, Readable.from([sent]));
      return `${PROBE_BYTES / 1024} KiB were written.`;
    });
    await steps.run("Read it back", async () => {
      received = await readAtMost(await session.get(key), key, PROBE_BYTES);
      return `${received.length / 1024} KiB were read.`;
    });
    await steps.run("Compare", () => compared(sent, received));
    await steps.run("Delete it", () => removed(session, key));
    // The step that failed is what the user has to see; what cannot be removed here either is small and says what it is.
    if (!steps.result().ok) await session.remove(key).catch(() => undefined);
  } finally {
    await session.close();
  }
}

async function removed(session: DestinationSession, key: string): Promise<string> {
  await session.remove(key);
  if ((await session.stat(key)) === null) return "Nothing is left behind.";
  throw new DestinationError(
    "failed",
    "The probe is still there after it was removed; allow removing objects, else retention cannot work.",
  );
}

function compared(sent: Buffer, received: Buffer): Promise<string> {
  if (sent.equals(received)) return Promise.resolve("Every byte is the same.");
  throw new DestinationError("failed", "What was read back is not what was written; this destination damages data and must not be used.");
}
