import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";

const KIND = "tenant-configuration";

/**
 * A configuration out of a backup as it is applied to a tenant that was made anew: the system that stands for the configuration itself is the one that the
 * tenant has already, so that there are not two of them.
 */
export function ontoOwnSystem(present: Pick<TenantConfiguration, "systems">, wanted: TenantConfiguration): TenantConfiguration {
  const own = present.systems.find(({ kind }) => kind === KIND);
  const other = wanted.systems.find(({ kind }) => kind === KIND);
  if (!own || !other || wanted.systems.some(({ id }) => id === own.id)) return wanted;
  const idOf = (id: string) => (id === other.id ? own.id : id);
  return {
    ...wanted,
    systems: wanted.systems.map((system) => ({ ...system, id: idOf(system.id) })),
    policies: wanted.policies.map((policy) => ({ ...policy, systemIds: policy.systemIds.map(idOf).toSorted() })),
  };
}
