import { idInput } from "#lib/http/fields.ts";
import { ensureChallenge } from "#lib/keys/challenge.ts";
import { keyFileSchema } from "#lib/keys/schemas.ts";
import { getKeyOrThrow } from "#lib/keys/to-key.ts";
import { operation } from "#lib/operation.ts";

export const getKeyChallenge = operation({
  name: "getKeyChallenge",
  summary: "Hands out a small age file to the key: whoever says what stands inside has the key, without showing the passphrase to anybody.",
  http: { method: "GET", path: "/keys/{id}/challenge" },
  permission: "keys.read",
  input: idInput,
  output: keyFileSchema,
  audit: "nothing: reading",
  run: async (db, _context, { id }) => {
    const key = await getKeyOrThrow(db, id);
    const { challenge } = await ensureChallenge(db, key);
    return { fileName: `holdfast-${id}-challenge.age`, content: challenge };
  },
});
