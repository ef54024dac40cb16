import { z } from "zod";
import { numberGaps } from "#lib/catalogue/number-gaps.ts";
import { NotFoundError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { operation } from "#lib/operation.ts";

export const getSystemNumberGaps = operation({
  name: "getSystemNumberGaps",
  summary: "Which numbers of a system's backups are missing between others: deleted before this catalogue began, or taken away.",
  http: { method: "GET", path: "/systems/{id}/number-gaps" },
  permission: "backups.read",
  input: idInput,
  output: z.object({ gaps: z.array(z.object({ from: z.number().int(), to: z.number().int() })).describe("Both ends are missing, too.") }),
  audit: "nothing: reads what everyone may see",
  run: async (db, _context, { id }) => {
    if ((await db.system.count({ where: { id } })) === 0) throw new NotFoundError("system");
    return { gaps: await numberGaps(db, id) };
  },
});
