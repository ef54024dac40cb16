import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { broughtBy, type Candidate, type Description } from "#lib/connectors/conformance-candidate.ts";
import { describeFailing } from "#lib/connectors/conformance-failing.ts";
import { describeFaults } from "#lib/connectors/conformance-faults.ts";
import { describeNames } from "#lib/connectors/conformance-names.ts";
import { describeReading } from "#lib/connectors/conformance-reading.ts";
import { describeStoring } from "#lib/connectors/conformance-storing.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";

/** The suite that every destination must pass: what DestinationSession promises, tried on the real thing. */
export function describeDestination(name: string, description: Description, start: () => Promise<Candidate>): void {
  describe(`a destination: ${name}`, { timeout: 180_000 }, () => {
    let candidate: Candidate;
    let session: DestinationSession;
    beforeAll(async () => {
      candidate = await start();
      session = await candidate.open();
    }, 120_000);
    afterAll(async () => {
      await session.close();
      await candidate.stop();
    });
    const opened = () => ({ candidate, session });
    const lacks = description.lacks ?? {};

    test("lacks what its description says, and nothing else", () => {
      const { raceOfSmall: _small, raceOfLarge: _large, ...absent } = lacks;
      const missing = Object.entries(broughtBy(candidate)).flatMap(([ability, isThere]) => (isThere ? [] : [ability]));
      expect(missing.sort()).toEqual(Object.keys(absent).sort());
    });

    describeStoring(opened, description);
    describeNames(opened);
    describeReading(opened, description);
    describeFailing(opened, lacks);
    if (!lacks.network) describeFaults(opened, description);
  });
}
