import { z } from "zod";

/** The query of every list: newest first, `limit` at a time, `cursor` from the page before. Browser-safe. */
export const pageInput = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(64).optional(),
});

export type PageInput = z.output<typeof pageInput>;

/** The shape of every list's answer. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/**
 * Cuts a page from rows read with `take: limit + 1`, ordered by falling id. Ids are UUIDv7 in base 32, so falling ids
 * are falling age and the last id of a page is the cursor to the next.
 */
export function page<Row extends { id: string }>(rows: Row[], limit: number): { items: Row[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** The part of a Prisma query that `page` expects. */
export function pageQuery({ limit, cursor }: PageInput) {
  return { take: limit + 1, orderBy: { id: "desc" as const }, ...(cursor ? { where: { id: { lt: cursor } } } : {}) };
}
