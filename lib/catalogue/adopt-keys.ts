import { type Adoptable, type Adoption, type Candidate, TAKEN } from "#lib/catalogue/adoption.ts";
import { type Believed, disbelieveKey, rankOf } from "#lib/catalogue/signers.ts";
import type { FoundKey } from "#lib/catalogue/key-files.ts";
import { addSkip } from "#lib/catalogue/report.ts";
import type { Transaction } from "#lib/db/client.ts";
import { newId } from "#lib/ids.ts";

type DescribedKey = NonNullable<Candidate["description"]["key"]>;

/** Makes sure that each backup's key has a row, a retired one where it is new. Leaves out, and reports, backups whose key cannot have one. */
export async function adoptKeys(db: Transaction, adoption: Adoption, batch: Candidate[], believed: Believed): Promise<Adoptable[]> {
  const adoptable: Adoptable[] = [];
  for (const found of batch) {
    const { key } = found.description;
    const keyId = key === null ? await keyWithoutEncryption(db) : await keyOf(db, adoption, { found, key, believed });
    if (keyId.startsWith(REFUSED)) addSkip(adoption.report, { key: found.pair.archive.key, reason: keyId.slice(REFUSED.length) });
    else adoptable.push({ found, keyId });
  }
  return adoptable;
}

/** Begins an answer that is no id but the reason why there is none. */
const REFUSED = "!";

interface WantedKey {
  found: Candidate;
  key: DescribedKey;
  believed: Believed;
}

async function keyOf(db: Transaction, adoption: Adoption, { found, key, believed }: WantedKey): Promise<string> {
  const rank = rankOf(found.signer, key.id, believed);
  const known = await db.key.findFirst({
    where: { id: key.id },
    select: { mode: true, fingerprint: true, origin: true, recipient: true },
  });
  const isMade = known?.origin !== "rebuilt";
  const isOpened = isMade || known.recipient !== null;
  const isOther = known !== null && (known.mode !== key.mode || known.fingerprint !== key.fingerprint);
  // Whoever planted it can have opened it, too.
  const givesWay = !isMade && rank > (isOpened ? 1 : 0);
  if (isOther && !givesWay) return `${REFUSED}is under a key ${key.id} that is another one in this catalogue`;
  const file = key.mode === "passphrase" ? await adoption.keyFiles.read(key.id) : null;
  if ((!known || isOther) && key.mode === "passphrase" && !file)
    return `${REFUSED}needs the key file keys/${key.id}.<number>.age, which is not there: put it back, then run this again`;
  if (!known && !(await insertKey(db, adoption, found, key, file))) return `${REFUSED}${TAKEN}`;
  const isDisowned = isOther && isOpened;
  if (isOther || (known && !isOpened)) await correctKey(db, key, { isBelieved: rank > 0, isDisowned, file });
  if (isDisowned) {
    believed.ofKeys.delete(key.id);
    await disbelieveKey(db, key.id, believed);
  }
  if (file) await insertKeyCopies(db, adoption, key.id, file);
  return key.id;
}

/** Its recipient is unknown until somebody opens it; a managed one comes without its identity. */
async function insertKey(
  db: Transaction,
  { report, counted }: Adoption,
  found: Candidate,
  key: DescribedKey,
  file: FoundKey | null,
): Promise<boolean> {
  const { id, mode, fingerprint } = key;
  const material = file ? { protectedIdentity: file.content, protectionVersion: file.version } : {};
  const createdAt = new Date(found.description.createdAt);
  const row = { id, mode, fingerprint, origin: "rebuilt", createdAt, retiredAt: new Date(), ...material };
  await db.key.createMany({ data: [row], skipDuplicates: true });
  if ((await db.key.count({ where: { id } })) === 0) return false;
  if (!counted.has(id)) report.added.keys += 1;
  counted.add(id);
  return true;
}

/** Of a key that turned out to be another one: what was learned when somebody opened what lay there under its name. */
const UNLEARNED = {
  ...{ recipient: null, signingPublicKey: null, provenAt: null, hint: null, challenge: null, challengeSha256: null },
  ...{ sealedIdentity: null, identityTakenAt: null, nextProtectedIdentity: null },
};

/** A key that nobody has opened yet is what its newest file and its believed descriptions say, whatever was found first. */
async function correctKey(
  db: Transaction,
  { id, mode, fingerprint }: DescribedKey,
  { isBelieved, isDisowned, file }: { isBelieved: boolean; isDisowned: boolean; file: FoundKey | null },
): Promise<void> {
  const material = file ? { protectedIdentity: file.content, protectionVersion: file.version } : {};
  const said = isBelieved ? { mode, fingerprint, ...(mode === "managed" && { protectedIdentity: null }) } : {};
  const where = { id, origin: "rebuilt", ...(!isDisowned && { recipient: null }) };
  await db.key.updateMany({ where, data: { ...(isDisowned && UNLEARNED), ...material, ...said } });
}

async function insertKeyCopies(db: Transaction, { place, report, counted }: Adoption, keyId: string, file: FoundKey): Promise<void> {
  const mark = `${keyId} copies`;
  if (counted.has(mark)) return;
  const rows = file.objects.map(({ key, version }) => ({
    keyId,
    destinationId: place.destinationId,
    version,
    objectKey: key,
    status: "stored",
  }));
  const { count } = await db.keyCopy.createMany({ data: rows, skipDuplicates: true });
  report.added.keyCopies += count;
  counted.add(mark);
}

/** Backups that are not encrypted name no key: they all go with one row of that mode. */
async function keyWithoutEncryption(db: Transaction): Promise<string> {
  const known = await db.key.findFirst({ where: { mode: "off" }, select: { id: true }, orderBy: { id: "asc" } });
  if (known) return known.id;
  const id = newId("key");
  await db.key.createMany({ data: [{ id, mode: "off", fingerprint: "", origin: "rebuilt", retiredAt: new Date() }] });
  return id;
}
