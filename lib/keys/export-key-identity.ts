import { z } from "zod";
import type { Context } from "#lib/auth/context.ts";
import { proofFields, requireProof } from "#lib/auth/step-up.ts";
import { ConflictError, ForbiddenError } from "#lib/errors.ts";
import { idInput } from "#lib/http/fields.ts";
import { refuseWithoutIdentity } from "#lib/keys/authenticate-key.ts";
import { openManagedIdentity } from "#lib/keys/create-managed-key.ts";
import type { KeyRow } from "#lib/keys/current-key.ts";
import { keyFile, plainKeyFile } from "#lib/keys/key-file.ts";
import { keyFileSchema } from "#lib/keys/schemas.ts";
import { getKeyOrThrow } from "#lib/keys/to-key.ts";
import { operation } from "#lib/operation.ts";
import { tenantSigner } from "#lib/tenants/signing-key.ts";

export const exportKeyIdentity = operation({
  name: "exportKeyIdentity",
  summary: "Hands out a key file: protected by its passphrase, or for a managed key the identity itself, to an owner only.",
  http: { method: "POST", path: "/keys/{id}/identity" },
  permission: "backups.download",
  input: idInput.extend(proofFields),
  output: keyFileSchema.extend({
    id: z.string(),
    protected: z.boolean().describe("Whether the file is worth nothing without the passphrase."),
  }),
  audit: (result) => ({
    action: "key.exported",
    subjectKind: "key",
    subjectId: result.id,
    detail: { protected: result.protected },
  }),
  changes: ["keys"],
  prepare: (context, input) => requireProof(context, input),
  run: async (db, context, { id }) => {
    const key = await getKeyOrThrow(db, id);
    if (key.protectedIdentity !== null) return { id, protected: true, ...keyFile(key, key.protectedIdentity) };
    refuseUnlessTakenAwayByOwner(context, key);
    refuseWithoutIdentity(key);
    const signingKey = key.signingPublicKey ?? (await tenantSigner(db)).publicKey;
    await db.key.updateMany({ where: { id }, data: { identityTakenAt: new Date() } });
    return { id, protected: false, ...plainKeyFile(key, await openManagedIdentity(db, key), signingKey) };
  },
});

/** A managed key's identity opens every backup under it by itself. */
function refuseUnlessTakenAwayByOwner(context: Context, key: KeyRow): void {
  if (key.mode === "off") throw new ConflictError("Backups of this time are not encrypted, so there is no key file.", "no-key-file");
  if (context.actor.role === "owner") return;
  throw new ForbiddenError(
    "The file of a managed key opens backups without any passphrase, so only an owner may take it away. Ask an owner of this tenant.",
  );
}
