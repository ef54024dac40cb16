/**
 * An address of our own pages, or "/" for any other: a link must not sign people in and send them elsewhere. Judged as a browser reads it, which
 * leaves out tabs and line breaks and takes "\" for "/".
 */
export function localPath(wanted: string): string {
  const here = "https://here.invalid";
  if (!wanted.startsWith("/") || !URL.canParse(wanted, here)) return "/";
  const { origin, pathname, search, hash } = new URL(wanted, here);
  // A path that begins with two slashes would be another site's address once more.
  return origin === here && !pathname.startsWith("//") ? `${pathname}${search}${hash}` : "/";
}
