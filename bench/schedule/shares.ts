const SYSTEMS_OF_A_TENANT = 20;
const MOST_TENANTS = 500;
const LEAST_TENANTS = 3;

/**
 * How many systems each tenant has: the first one a fifth of all, a tenth of the tenants one each, and the others the rest in equal parts. 500 tenants, or as
 * many as have about 20 systems each.
 */
export function sharesOf(systems: number): number[] {
  const tenants = Math.max(LEAST_TENANTS, Math.min(MOST_TENANTS, Math.floor(systems / SYSTEMS_OF_A_TENANT)));
  const big = Math.max(2, Math.round(systems / 5));
  const single = Math.max(1, Math.round(tenants / 10));
  const usual = tenants - 1 - single;
  const rest = systems - big - single;
  if (rest < usual) throw new Error("--systems takes a whole number from 4.");
  const parts = Array.from({ length: usual }, (_, index) => Math.floor(rest / usual) + (index < rest % usual ? 1 : 0));
  return [big, ...Array.from({ length: single }, () => 1), ...parts];
}
