import { createHash } from "node:crypto";

/** The hash algorithms of a signature by each type of host key (RFC 8332 for RSA). */
const ALGORITHMS_BY_TYPE = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
} as const;

const PINNED = /^(?:(?<type>[a-z0-9-]+) )?(?<fingerprint>SHA256:[A-Za-z0-9+/]{43})$/;

/** A pinned host key: "ssh-ed25519 SHA256:…", or the fingerprint alone, as `ssh-keygen -l` prints it. */
export interface PinnedHostKey {
  type: keyof typeof ALGORITHMS_BY_TYPE | null;
  fingerprint: string;
}

/** Reads a pinned host key, or null when `text` is none. */
export function parsePinnedHostKey(text: string): PinnedHostKey | null {
  const { type, fingerprint } = PINNED.exec(text.trim())?.groups ?? {};
  if (fingerprint === undefined || (type !== undefined && !isKnownType(type))) return null;
  return { type: type ?? null, fingerprint };
}

/** "ssh-ed25519 SHA256:…" of a host key's blob (RFC 4253, section 6.6: the type's name comes first). */
export function describeHostKey(blob: Buffer): string {
  const type = blob.toString("latin1", 4, 4 + blob.readUInt32BE(0));
  const fingerprint = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return `${type} SHA256:${fingerprint}`;
}

export function matchesPinned(pinned: PinnedHostKey, observed: string): boolean {
  const seen = parsePinnedHostKey(observed);
  return seen !== null && seen.fingerprint === pinned.fingerprint && (pinned.type === null || pinned.type === seen.type);
}

/** What to ask the server for: the pinned type alone, since a server shows only one of its keys. */
export function algorithmsFor(pinned: PinnedHostKey | null): readonly string[] {
  return pinned?.type ? ALGORITHMS_BY_TYPE[pinned.type] : Object.values(ALGORITHMS_BY_TYPE).flat();
}

function isKnownType(type: string): type is keyof typeof ALGORITHMS_BY_TYPE {
  return Object.hasOwn(ALGORITHMS_BY_TYPE, type);
}
