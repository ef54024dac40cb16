"use client";

import { useApiQuery } from "#components/shared/use-api.ts";
import type { ConnectorDto } from "#lib/systems/schemas.ts";

export interface Connectors {
  systems: ConnectorDto[];
  destinations: ConnectorDto[];
}

/** The kinds this installation can connect, with their forms. */
export function useConnectors() {
  return useApiQuery<Connectors>("/connectors");
}
