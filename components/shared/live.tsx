"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { isGone } from "#components/shared/is-gone.ts";
import { useTenant } from "#components/shared/tenant-provider.tsx";

/** Pages that show several kinds at once, by the kind in the address they read. */
const derived: Record<string, string[]> = {
  overview: ["runs", "backups", "systems", "policies", "destinations"],
  notices: ["notifications", "webhooks"],
  // Whoever accepts an invitation is a member then.
  invitations: ["members"],
};

/**
 * Reads again what the server says has changed. One connection per browser: all tabs of a tenant share it through a
 * lock and a channel, because browsers allow only six connections to a server without HTTP/2.
 */
export function Live() {
  const { slug } = useTenant();
  const client = useQueryClient();
  useEffect(() => {
    const channel = new BroadcastChannel(`holdfast-changes-${slug}`);
    const end = new AbortController();
    const readAgain = (kinds: string[]) =>
      void client.invalidateQueries({ predicate: (query) => concerns(String(query.queryKey[1]), kinds) && !isGone(client, query) });
    channel.onmessage = (message: MessageEvent<string[]>) => readAgain(message.data);
    const lead = () =>
      stream(slug, end.signal, (kinds) => {
        readAgain(kinds);
        channel.postMessage(kinds);
      });
    navigator.locks.request(`holdfast-live-${slug}`, { signal: end.signal }, lead).catch(() => undefined);
    return () => {
      end.abort();
      channel.close();
    };
  }, [slug, client]);
  return null;
}

function concerns(queried: string, kinds: string[]): boolean {
  return kinds.includes("*") || kinds.includes(queried) || (derived[queried] ?? []).some((kind) => kinds.includes(kind));
}

/** Holds the one connection until the page goes away. */
function stream(slug: string, signal: AbortSignal, onKinds: (kinds: string[]) => void): Promise<void> {
  return new Promise((resolve) => {
    // The lock may have been granted in the moment the page went away.
    if (signal.aborted) return resolve();
    const source = new EventSource(`/api/v1/tenants/${encodeURIComponent(slug)}/events`);
    source.onmessage = (event: MessageEvent<string>) => onKinds((JSON.parse(event.data) as { kinds: string[] }).kinds);
    signal.addEventListener("abort", () => {
      source.close();
      resolve();
    });
  });
}
