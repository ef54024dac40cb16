import { ConnectorError } from "#lib/errors.ts";

/** Why an answer with that status counts as failed, in a sentence; null for 2xx, which alone is success. */
export function failureOfStatus(statusCode: number): string | null {
  if (statusCode >= 200 && statusCode < 300) return null;
  const known = STATUSES[statusCode];
  if (known !== undefined) return `It answered ${statusCode}: ${known}`;
  if (statusCode >= 300 && statusCode < 400)
    return `It answered ${statusCode}, a redirect. Redirects are never followed: give the webhook the address where it really is.`;
  if (statusCode >= 500) return `It answered ${statusCode}: the receiver has an error of its own; look into its log.`;
  return `It answered ${statusCode}: the receiver does not take this request; look into its log.`;
}

const STATUSES: Record<number, string> = {
  401: "the receiver asks for a sign-in. It should check the signature instead.",
  403: "the receiver refuses this request. Check that it knows the present secret.",
  404: "there is nothing at this address. Check the webhook’s address.",
  410: "this address wants no more deliveries, so the webhook was disabled.",
  413: "the receiver takes no bodies of this size. Deliveries have less than 20 kB.",
  429: "the receiver wants fewer deliveries for now.",
};

/** Why nobody answered, in a sentence that names nothing of the address but its host. */
export function failureOfRequest(error: unknown, { hostname }: URL): string {
  if (error instanceof ConnectorError) return error.message;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (CERTIFICATES.has(code) || code.startsWith("CERT_"))
    return `The certificate of ${hostname} is not one to trust (${code}). Give it a valid one of a known authority.`;
  if (code.startsWith("ERR_SSL") || code === "EPROTO")
    return `${hostname} does not speak TLS there. Check whether the address begins with the right one of http:// and https://.`;
  if (code.startsWith("HPE_")) return `What ${hostname} answered is not HTTP that can be read. Check the port.`;
  return `${hostname} cut the connection before it answered.`;
}

const CERTIFICATES = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);
