"use client";

import { useQuery } from "@tanstack/react-query";
import { useTenant } from "#components/shared/tenant-provider.tsx";
import type { Page } from "#components/shared/use-api.ts";
import { callApi, type ProblemError } from "#lib/http/client.ts";

const PAGE_LIMIT = 200;

/** Reads a list to its end, newest first: for choosing from it and for names. `path` is one part: "/systems". */
export function useWholeList<Item>(path: `/${string}`) {
  const { slug } = useTenant();
  return useQuery<Item[], ProblemError>({
    queryKey: [slug, path.slice(1), path, "whole"],
    queryFn: () => readWhole<Item>(slug, path),
  });
}

async function readWhole<Item>(slug: string, path: string): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const input = { limit: PAGE_LIMIT, ...(cursor ? { cursor } : {}) };
    const page: Page<Item> = await callApi<Page<Item>>(slug, "GET", path, input);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return items;
}
