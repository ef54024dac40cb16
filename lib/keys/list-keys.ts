import { page, pageQuery } from "#lib/http/paging.ts";
import { keyListSchema, listKeysInput } from "#lib/keys/schemas.ts";
import { toKey, withKeyFacts } from "#lib/keys/to-key.ts";
import { operation } from "#lib/operation.ts";

export const listKeys = operation({
  name: "listKeys",
  summary: "Lists all keys that backups are or were encrypted to, newest first.",
  http: { method: "GET", path: "/keys" },
  permission: "keys.read",
  input: listKeysInput,
  output: keyListSchema,
  audit: "nothing: reading",
  run: async (db, _context, input) => {
    const { items, nextCursor } = page(await db.key.findMany({ ...pageQuery(input), include: withKeyFacts }), input.limit);
    return { items: items.map((row) => toKey(row)), nextCursor };
  },
});
