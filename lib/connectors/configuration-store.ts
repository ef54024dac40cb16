import type { RestoreReport } from "#lib/connectors/restore-report.ts";

/**
 * A tenant's own configuration as documents, without rows, database or tenant id in sight.
 * Implemented by lib/tenants/configuration-store.ts; handed to the `tenant-configuration` connector.
 */
export interface ConfigurationStore {
  /** One consistent snapshot. */
  read(): Promise<TenantConfiguration>;
  /** Why `wanted` must not be applied, each a sentence: it breaks a rule that holds for whoever types it, too. */
  objections(wanted: TenantConfiguration): Promise<string[]>;
  /**
   * Makes the tenant's configuration equal to `wanted`, in one transaction: keys only merge, and no system,
   * destination or key that a stored backup refers to disappears. Throws ConnectorError when there are objections.
   */
  apply(wanted: TenantConfiguration): Promise<RestoreReport>;
}

export interface TenantConfiguration {
  tenant: { id: string; slug: string; name: string };
  members: { id: string; email: string; name: string; role: string }[];
  systems: { id: string; name: string; kind: string; config: Record<string, unknown>; sealedSecrets: string | null }[];
  destinations: { id: string; name: string; kind: string; config: Record<string, unknown>; sealedSecrets: string | null }[];
  policies: {
    id: string;
    name: string;
    enabled: boolean;
    systemIds: string[];
    destinationIds: string[];
    schedule: Record<string, unknown>;
    onChange: boolean;
    retention: Record<string, unknown>;
    attempts: number;
    windowMinutes: number;
    catchUp: string;
  }[];
  keys: {
    id: string;
    mode: string;
    fingerprint: string;
    recipient: string | null;
    /** The age identity under its passphrase; absent for managed keys. */
    protectedIdentity: string | null;
    hint: string | null;
    recoveryRecipients: string[];
    createdAt: string;
    retiredAt: string | null;
  }[];
  settings: Record<string, unknown>;
}
