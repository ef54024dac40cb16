"use client";

import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { removalKey } from "#components/shared/is-gone.ts";
import { useTenant } from "#components/shared/tenant-provider.tsx";
import { callApi, type ProblemError } from "#lib/http/client.ts";

/** A page of a list, as every list answers. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

type Input = Record<string, unknown>;

/** Reads from the API of the present tenant. The first part of `path` is the kind that live updates name ("/runs/…" → "runs"). */
export function useApiQuery<Output>(
  path: string,
  input: Input = {},
  { enabled = true, refetchInterval = false }: QueryOptions<Output> = {},
) {
  const { slug } = useTenant();
  return useQuery<Output, ProblemError>({
    queryKey: [slug, kindOf(path), path, input],
    queryFn: () => callApi<Output>(slug, "GET", path, input),
    enabled,
    refetchInterval: typeof refetchInterval === "function" ? ({ state }) => refetchInterval(state.data) : refetchInterval,
  });
}

interface QueryOptions<Output> {
  enabled?: boolean;
  /** Milliseconds, for what live updates do not tell; may depend on what was read last. */
  refetchInterval?: number | false | ((data: Output | undefined) => number | false);
}

/** Asks what changes nothing, by a question too long for an address. The answer before stays until the next is there. */
export function useApiAnswer<Output>(path: string, input: Input) {
  const { slug } = useTenant();
  return useQuery<Output, ProblemError>({
    queryKey: [slug, kindOf(path), path, input],
    queryFn: () => callApi<Output>(slug, "POST", path, input),
    placeholderData: keepPreviousData,
  });
}

/** Reads a list page by page, newest first; `fetchNextPage` reads what is older. */
export function useApiList<Item>(path: string, input: Input = {}) {
  const { slug } = useTenant();
  return useInfiniteQuery<Page<Item>, ProblemError, Item[], unknown[], string | null>({
    queryKey: [slug, kindOf(path), path, "list", input],
    queryFn: ({ pageParam }) => callApi<Page<Item>>(slug, "GET", path, { ...input, ...(pageParam ? { cursor: pageParam } : {}) }),
    initialPageParam: null,
    getNextPageParam: (last) => last.nextCursor,
    select: ({ pages }) => pages.flatMap((page) => page.items),
  });
}

/**
 * Changes something through the API of the present tenant. `path` may depend on the input, of which `body` is sent.
 * Every query is read again after a success (see query-provider.tsx).
 */
export function useApiMutation<Output, Given extends Input | void = Input>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string | ((input: Given) => string),
) {
  const { slug } = useTenant();
  return useMutation<Output, ProblemError, Given>({
    mutationFn: (input) => callApi<Output>(slug, method, typeof path === "string" ? path : path(input), input ?? {}),
  });
}

/** Removes what lies at `path` for good. Unlike everything else, it and what lies below it are not read again (see is-gone.ts). */
export function useApiRemoval(path: string) {
  const { slug } = useTenant();
  return useMutation<unknown, ProblemError, Input>({
    mutationKey: removalKey(slug, path),
    mutationFn: (input) => callApi<unknown>(slug, "DELETE", path, input),
  });
}

function kindOf(path: string): string {
  return path.split("/")[1] ?? "";
}
