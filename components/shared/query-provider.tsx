"use client";

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { isGone } from "#components/shared/is-gone.ts";
import { ProblemError } from "#lib/http/client.ts";

/** One cache for the page. After every success all queries are read again, so no screen keeps its own list of what a change touches. */
export function QueryProvider({ children }: { children: ReactNode }) {
  const [client] = useState(createClient);
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}

function createClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: signInAgain }),
    mutationCache: new MutationCache({
      onSuccess: () => client.invalidateQueries({ predicate: (query) => !isGone(client, query) }),
      onError: signInAgain,
    }),
    defaultOptions: { queries: { staleTime: 10_000, retry: (count, error) => !(error instanceof ProblemError) && count < 2 } },
  });
  return client;
}

/** A session that ended elsewhere: the sign-in page, and back here afterwards. */
function signInAgain(error: Error): void {
  if (!(error instanceof ProblemError) || error.status !== 401) return;
  window.location.assign(`/sign-in?callbackUrl=${encodeURIComponent(window.location.pathname)}`);
}
