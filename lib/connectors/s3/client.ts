import { S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { ConnectorContext } from "#lib/connectors/connector.ts";
import type { S3Config } from "#lib/connectors/s3/config.ts";

const CONNECT_TIMEOUT_MS = 20_000;
/** Of silence on a connection, not of a whole transfer. */
const IDLE_TIMEOUT_MS = 120_000;
const ATTEMPTS = 4;

/** A client whose every connection goes through the address guard. The caller calls `destroy`. */
export function createS3Client(config: S3Config, network: ConnectorContext["network"]): S3Client {
  const agents = network.httpAgents({ timeoutMs: CONNECT_TIMEOUT_MS });
  const checksums = config.checksumMode === "when_supported" ? "WHEN_SUPPORTED" : "WHEN_REQUIRED";
  return new S3Client({
    ...(config.endpoint !== "" && { endpoint: config.endpoint }),
    region: config.region,
    credentials: { accessKeyId: config.accessKeyId, secretAccessKey: config.secretAccessKey },
    forcePathStyle: config.pathStyle,
    requestChecksumCalculation: checksums,
    // Every archive is compared with its own SHA-256 anyway, and some servers answer ranges with the whole object's checksum.
    responseChecksumValidation: "WHEN_REQUIRED",
    followRegionRedirects: false,
    ignoreConfiguredEndpointUrls: true,
    maxAttempts: ATTEMPTS,
    requestHandler: new NodeHttpHandler({
      httpAgent: agents.http,
      httpsAgent: agents.https,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
    }),
  });
}
