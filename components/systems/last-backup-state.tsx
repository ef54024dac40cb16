import { StateMark } from "#components/shared/state-mark.tsx";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** What is known of a system's newest backup, as word, shape and colour. */
export function LastBackupState({
  lastBackup,
  connectorInstalled,
  overdueSince,
}: Pick<SystemDto, "lastBackup" | "connectorInstalled" | "overdueSince">) {
  if (!connectorInstalled) return <StateMark state="failed" label="Connector missing" />;
  if (overdueSince !== null) return <StateMark state="failed" label="Overdue" />;
  if (!lastBackup) return <StateMark state="waiting" label="No backup yet" />;
  const proven = ["valid", "rehearsed", "restored"].includes(lastBackup.proven);
  return proven ? (
    <StateMark state="completed" label="Backed up and proven" />
  ) : (
    <StateMark state="partial" label="Backed up, not proven" />
  );
}
