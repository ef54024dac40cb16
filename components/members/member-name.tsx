"use client";

import { useWholeList } from "#components/shared/use-whole-list.ts";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { MemberDto } from "#lib/members/schemas.ts";

/** A member by id or, from a restore, by address, as people know them. Only below a check of `members.read`. */
export function MemberName({ memberId }: { memberId: string }) {
  const members = useWholeList<MemberDto>("/members");
  if (members.isPending) return <Skeleton className="h-4 w-32" />;
  const member = members.data?.find(({ id, email }) => id === memberId || email === memberId);
  return member ? `${member.name} (${member.email})` : "Somebody who is no member any more";
}
