import { MutationObserver, QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { isGone, removalKey } from "#components/shared/is-gone.ts";

const reads = (path: string, slug = "acme") => ({ queryKey: [slug, path.split("/")[1], path, {}] });

test("what is being removed, or was, is not read again, nor what lies below it; everything else is", async () => {
  const client = new QueryClient();
  let finish = () => undefined as void;
  const ended = new Promise<void>((resolve) => (finish = resolve));
  const removal = new MutationObserver(client, { mutationKey: removalKey("acme", "/policies/pol_1"), mutationFn: () => ended });
  expect(isGone(client, reads("/policies/pol_1"))).toBe(false);
  const removed = removal.mutate();
  expect(isGone(client, reads("/policies/pol_1"))).toBe(true);
  finish();
  await removed;
  removal.reset();
  for (const path of ["/policies/pol_1", "/policies/pol_1/preview"]) expect(isGone(client, reads(path))).toBe(true);
  for (const path of ["/policies", "/policies/pol_12", "/runs"]) expect(isGone(client, reads(path))).toBe(false);
  expect(isGone(client, reads("/policies/pol_1", "other"))).toBe(false);
});

test("what could not be removed is read again, and so is what any other change touches", async () => {
  const client = new QueryClient();
  const fail = () => Promise.reject(new Error("It is in use."));
  await new MutationObserver(client, { mutationKey: removalKey("acme", "/policies/pol_1"), mutationFn: fail })
    .mutate()
    .catch(() => undefined);
  await new MutationObserver(client, { mutationFn: () => Promise.resolve() }).mutate();
  expect(isGone(client, reads("/policies/pol_1"))).toBe(false);
});
