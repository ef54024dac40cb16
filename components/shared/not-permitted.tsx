import { Lock } from "lucide-react";
import { whomToAsk } from "#components/shared/whom-to-ask.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { type Permission, permissions } from "#lib/auth/permissions.ts";

/** In the place of a page or part that the person may not see: says what is missing and whom to ask. */
export function NotPermitted({ permission, level = 2 }: { permission: Permission; level?: 2 | 3 }) {
  return (
    <EmptyState icon={Lock} title={`Your role does not let you ${permissions[permission].description}`} level={level}>
      {whomToAsk(permission)}
    </EmptyState>
  );
}
