import type { Query, QueryClient } from "@tanstack/react-query";

/** The mark of a mutation after which there is nothing at `path` any more, nor below it. */
export function removalKey(slug: string, path: string): [string, string, string] {
  return [slug, REMOVAL, path];
}

const REMOVAL = "removal";

/** Whether a query reads what was removed or is just being removed: a page that is still open would only be told that it is not there. */
export function isGone(client: QueryClient, { queryKey }: Pick<Query, "queryKey">): boolean {
  const [slug, , read] = queryKey.map(String);
  return client
    .getMutationCache()
    .getAll()
    .some(({ options, state }) => {
      const [tenant, mark, path] = (options.mutationKey ?? []).map(String);
      const isRemoved = mark === REMOVAL && tenant === slug && (state.status === "pending" || state.status === "success");
      return isRemoved && (read === path || (read ?? "").startsWith(`${path ?? ""}/`));
    });
}
