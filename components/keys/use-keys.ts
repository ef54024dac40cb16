"use client";

import { useWholeList } from "#components/shared/use-whole-list.ts";
import { isBeforeFirstChoice, type KeyDto } from "#lib/keys/schemas.ts";

/** All keys of the tenant, the current one, and whether nobody has chosen one yet. */
export function useKeys() {
  const query = useWholeList<KeyDto>("/keys");
  const keys = query.data;
  return {
    query,
    keys,
    current: keys?.find((key) => key.retiredAt === null),
    isUnchosen: keys !== undefined && isBeforeFirstChoice(keys),
  };
}
