import { DestinationError, errorCode, type DestinationErrorCode } from "#lib/connectors/errors.ts";
import type { S3Config } from "#lib/connectors/s3/config.ts";
import { ConnectorError } from "#lib/errors.ts";

/** What was being done, as it goes into "this key may not …". */
type S3Action = "write to" | "read" | "look at" | "list" | "lock" | "remove" | "give up uploads in";

interface Answer {
  /** "NoSuchBucket"; for answers without a body (HEAD) the SDK makes one up. */
  name: string;
  status: number | null;
  /** The bucket's own region, when the server tells. */
  region: string | null;
  message: string;
}

/** Turns whatever the SDK threw into a DestinationError with a sentence; a connector's own errors pass unchanged. */
export function explainS3Error(error: unknown, config: S3Config, action: S3Action): unknown {
  if (error instanceof DestinationError) return error;
  const guarded = connectorErrorIn(error);
  if (guarded) return new DestinationError("unreachable", guarded.message, { cause: error });
  if (!(error instanceof Error)) return error;
  if (error.name === "AbortError") return error;
  const answer = answerOf(error);
  const said =
    sentenceAboutStorage(answer, config, action) ??
    sentenceByName(answer, config, action) ??
    sentenceByFailure(answer) ??
    sentenceByTransport(error, config) ??
    sentenceByStatus(answer, config, action);
  return new DestinationError(said.code, said.text, { cause: error });
}

/** Does things with a bucket, and explains what they fail with. */
export function explainer(config: S3Config) {
  return async <T>(action: S3Action, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explainS3Error(error, config, action);
    }
  };
}

/** Whether the server said that there is no such object (as opposed to no such bucket). */
export function isMissingObject(error: unknown): boolean {
  return error instanceof Error && error.name === "NoSuchKey";
}

export function statusOf(error: unknown): number | null {
  return error instanceof Error ? answerOf(error).status : null;
}

interface Said {
  code: DestinationErrorCode;
  text: string;
}

const refused = (text: string): Said => ({ code: "refused", text });
const failed = (text: string): Said => ({ code: "failed", text });

function sentenceByName(answer: Answer, config: S3Config, action: S3Action): Said | null {
  const bucket = `bucket “${config.bucket}”`;
  switch (answer.name) {
    case "InvalidAccessKeyId":
      return refused("The server does not know this access key ID; check it, and that it belongs to this server.");
    case "SignatureDoesNotMatch":
      return refused("The server refused the signature: the secret access key is wrong; type it again.");
    case "NoSuchBucket":
      return refused(`There is no ${bucket} on this server; create it, or check the name and the endpoint.`);
    case "AccessDenied":
    case "AllAccessDisabled":
      return refused(mayNot(config, action));
    case "RequestTimeTooSkewed":
    case "RequestExpired":
      return failed("The clocks of this machine and of the server differ by more than the server allows; set both by the network (NTP).");
    case "PermanentRedirect":
    case "AuthorizationHeaderMalformed":
    case "IllegalLocationConstraintException":
      return refused(`The ${bucket} lies in another region${answer.region ? `, ${answer.region}` : ""}; set the region to that one.`);
    case "NotImplemented":
    case "MissingContentLength":
    case "XAmzContentSHA256Mismatch":
      return failed(`The server does not take uploads of this kind (${answer.name}); choose “only when required” for checksums.`);
    case "InvalidObjectState":
      return failed("The object lies in an archive of the server and cannot be read until it is brought back from there.");
    case "ConditionalRequestConflict":
    case "OperationAborted":
      return failed("Somebody else is writing under the same name at this moment; try again later.");
    case "QuotaExceeded":
    case "EntityTooLarge":
    case "XMinioStorageFull":
    case "XMinioAdminBucketQuotaExceeded":
      return { code: "full", text: `The ${bucket} takes no more (${answer.name}); make room or raise its quota.` };
    case "SlowDown":
    case "ServiceUnavailable":
    case "Busy":
      return failed("The server asks to be left alone for a while; try again later.");
    default:
      return null;
  }
}

/** What the configuration asks for beyond plain storing, and the server refuses. Servers have few names for it, so what was asked for is taken into account. */
function sentenceAboutStorage({ name, message }: Answer, config: S3Config, action: S3Action): Said | null {
  const key = config.kmsKeyId === "" ? "the key service’s default key" : `the key “${config.kmsKeyId}”`;
  if (/kms/i.test(name) || (config.serverSideEncryption === "aws:kms" && /kms/i.test(message))) {
    return refused(`The key service refused ${key} (${name}); check that it is enabled there, and that this access key may use it.`);
  }
  if (action !== "write to") return null;
  if (config.storageClass !== "none" && (name === "InvalidStorageClass" || name === "InvalidArgument")) {
    return refused(`The server refused the upload (${name}): it may not have the storage class ${config.storageClass}; choose another.`);
  }
  if (config.serverSideEncryption !== "none" && ["InvalidRequest", "InvalidArgument", "InvalidEncryptionAlgorithmError"].includes(name)) {
    const how = config.serverSideEncryption === "aws:kms" ? `with ${key}` : "with keys of its own";
    return refused(`The server refused the upload (${name}): it may not be set up to encrypt ${how}; choose another encryption.`);
  }
  return null;
}

/** Whatever the body is: a proxy's page says no more than its status. */
function sentenceByFailure({ status, name }: Answer): Said | null {
  if (status === null || status < 500) return null;
  const what = /error$|^unknown/i.test(name) ? "" : ` (${name})`;
  return failed(`The server answered ${status}${what} several times; try again later.`);
}

function sentenceByTransport(error: Error, config: S3Config): Said | null {
  const where = config.endpoint || "Amazon S3";
  const code = errorCode(error);
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code)) {
    return refused(`The certificate of ${where} cannot be trusted (${code}); give the server one of a known authority.`);
  }
  if (code === "EPROTO" || /wrong version number/.test(error.message)) {
    return refused(`${where} does not speak TLS on this port; write http:// or take the right port.`);
  }
  if (error.name === "TimeoutError" || ["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(code)) {
    return { code: "unreachable", text: `The connection to ${where} broke or stood still; check the network and try again.` };
  }
  if (/^(HPE_|ERR_HTTP)/.test(code) || error instanceof SyntaxError || /[Dd]eserialization error|not closed|char '/.test(error.message)) {
    return { code: "not-understood", text: `${where} answers, but not as an S3 server; check the endpoint and its port.` };
  }
  return null;
}

function sentenceByStatus(answer: Answer, config: S3Config, action: S3Action): Said {
  if (answer.status === 403) return refused(mayNot(config, action));
  if (answer.status === 301 || answer.status === 307) {
    return refused(
      `The bucket “${config.bucket}” lies in another region${answer.region ? `, ${answer.region}` : ""}; set the region to that one.`,
    );
  }
  if (answer.status !== null && ["Unknown", "UnknownError", "Error"].includes(answer.name)) {
    const where = config.endpoint || "Amazon S3";
    return {
      code: "not-understood",
      text: `${where} answered ${answer.status}, but not as an S3 server; check the endpoint and its port.`,
    };
  }
  const status = answer.status === null ? "" : `${answer.status} `;
  return failed(`The server refused: ${status}${answer.name} (${answer.message || "without a reason"}).`);
}

function mayNot(config: S3Config, action: S3Action): string {
  return `The bucket answered 403: this key may not ${action} “${config.bucket}/${config.prefix}”; give it that right, or take another key.`;
}

function answerOf(error: Error): Answer {
  const { $metadata, $response, Region } = error as Error & {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number; headers?: Record<string, string> };
    Region?: string;
  };
  return {
    name: error.name,
    status: $metadata?.httpStatusCode ?? $response?.statusCode ?? null,
    region: Region ?? $response?.headers?.["x-amz-bucket-region"] ?? null,
    message: error.message,
  };
}

/** The address guard's own error, which the SDK may have wrapped. */
function connectorErrorIn(error: unknown): ConnectorError | null {
  if (error instanceof ConnectorError) return error;
  return error instanceof Error && error.cause !== undefined ? connectorErrorIn(error.cause) : null;
}
