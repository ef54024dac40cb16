/** The present address with one filter changed; an empty value takes it away. */
export function hrefWith(pathname: string, search: { toString(): string }, name: string, value: string): string {
  const next = new URLSearchParams(search.toString());
  if (value === "") next.delete(name);
  else next.set(name, value);
  const query = next.toString();
  return query === "" ? pathname : `${pathname}?${query}`;
}
