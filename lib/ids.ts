import { typeidUnboxed } from "typeid-js";

/** The prefixes that the API promises; the part after "_" is a UUIDv7 in base 32 (TypeID 0.3), so ids sort by age. */
export const idPrefixes = {
  tenant: "ten",
  account: "acc",
  session: "ses",
  member: "mem",
  invitation: "inv",
  system: "sys",
  destination: "dst",
  policy: "pol",
  key: "key",
  run: "run",
  backup: "bak",
  restore: "rst",
  grant: "grt",
  download: "dwn",
  audit: "aud",
  worker: "wrk",
  setup: "set",
  verification: "vrf",
  event: "evt",
  webhook: "whk",
  delivery: "dlv",
  mail: "mai",
} as const;

export type IdKind = keyof typeof idPrefixes;

/** A new id of that kind: "sys_01kb…", 30 characters. */
export function newId(kind: IdKind): string {
  return typeidUnboxed(idPrefixes[kind]);
}
