import { S3Client } from "@aws-sdk/client-s3";
import type { ConnectorContext, Timeouts } from "#lib/connectors/connector.ts";
import { BoundedAnswers } from "#lib/connectors/s3/bounded-answers.ts";
import type { S3Config } from "#lib/connectors/s3/config.ts";

const TIMEOUTS: Timeouts = { connectMs: 20_000, idleMs: 120_000 };
const ATTEMPTS = 4;

/** A client whose every connection goes through the address guard. The caller calls `destroy`. */
export function createS3Client(config: S3Config, { network, timeouts = TIMEOUTS }: ConnectorContext): S3Client {
  const agents = network.httpAgents({ timeoutMs: timeouts.connectMs });
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
    requestHandler: new BoundedAnswers({
      httpAgent: agents.http,
      httpsAgent: agents.https,
      connectionTimeout: timeouts.connectMs,
      socketTimeout: timeouts.idleMs,
    }),
  });
}
