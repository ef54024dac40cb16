"use client";

import type { ReactNode } from "react";
import { Can } from "#components/shared/can.tsx";
import { NotPermitted } from "#components/shared/not-permitted.tsx";
import type { Permission } from "#lib/auth/permissions.ts";

/** A page or part that not everyone may see; a deep link to it says whom to ask. */
export function Permitted({ permission, children }: { permission: Permission; children: ReactNode }) {
  return (
    <Can permission={permission} fallback={<NotPermitted permission={permission} />}>
      {children}
    </Can>
  );
}
