import { idInput } from "#lib/http/fields.ts";
import { keySchema } from "#lib/keys/schemas.ts";
import { getKeyOrThrow, toKey } from "#lib/keys/to-key.ts";
import { operation } from "#lib/operation.ts";

export const getKey = operation({
  name: "getKey",
  summary: "Shows one key: its kind, fingerprint, hint and how many backups need it.",
  http: { method: "GET", path: "/keys/{id}" },
  permission: "keys.read",
  input: idInput,
  output: keySchema,
  audit: "nothing: reading",
  run: async (db, _context, { id }) => toKey(await getKeyOrThrow(db, id)),
});
