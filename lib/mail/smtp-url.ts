/** What SMTP_URL says. */
export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the first byte. */
  isSecure: boolean;
  /** Whether a server that offers no TLS is refused; with a password, unless the address says otherwise. */
  requireTls: boolean;
  login: { user: string; password: string } | null;
  /** The sender's address, if it is named. */
  from: string | null;
}

const SUBMISSION_PORT = 587;
const SUBMISSIONS_PORT = 465;

/** Reads `smtp://` or `smtps://user:password@host:port?from=…&requireTLS=…`. Null when it says anything else: certificates are always checked. */
export function readSmtpUrl(text: string): SmtpServer | null {
  const url = URL.parse(text);
  if (url === null || !["smtp:", "smtps:"].includes(url.protocol) || url.hostname === "") return null;
  if (!["", "/"].includes(url.pathname) || url.hash !== "") return null;
  const { from = null, requireTLS = null, ...unknown } = Object.fromEntries(url.searchParams);
  if (Object.keys(unknown).length > 0 || !["true", "false", null].includes(requireTLS)) return null;
  if (from !== null && !/^[^\s@<>"]+@[^\s@<>"]+$/.test(from)) return null;
  const isSecure = url.protocol === "smtps:";
  const login = url.username === "" ? null : { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (isSecure ? SUBMISSIONS_PORT : SUBMISSION_PORT) : Number(url.port),
    isSecure,
    requireTls: requireTLS === null ? login !== null : requireTLS === "true",
    login,
    from,
  };
}
