import { doubtedClock, trustClock } from "#lib/clock/check-clock.ts";
import { clockDoubtWords } from "#lib/clock/clock-words.ts";
import { withDatabase } from "./reach-database.ts";

/** The command: the operator says that the database's clock is right. Returns the exit code: 1 where there is nothing to confirm. */
export async function confirmClockAtShell(): Promise<number> {
  return withDatabase(async () => {
    const { doubt, now } = await doubtedClock();
    if (doubt === null || doubt === "apart") {
      console.log(doubt ? clockDoubtWords[doubt] : "Nothing speaks against the clock at present.");
      return 1;
    }
    await trustClock();
    console.log(`The clock is confirmed at ${now.toISOString().slice(0, 19).replace("T", " ")} UTC; retention and the trash go on.`);
    return 0;
  });
}
