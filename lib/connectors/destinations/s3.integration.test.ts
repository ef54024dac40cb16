import http, { type IncomingMessage, type ServerResponse } from "node:http";
import net, { type AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConnectorContext } from "#lib/connectors/connector.ts";
import { s3 } from "#lib/connectors/destinations/s3.ts";
import type { S3Config } from "#lib/connectors/s3/config.ts";
import { validateDestination } from "#lib/connectors/validate-destination.ts";
import { KMS_KEY } from "#e2e/servers/radosgw.ts";
import { createS3Stage, s3Context, type S3Stage } from "#e2e/servers/s3-stage.ts";

const MIB = 1024 * 1024;
let stage: S3Stage;

beforeAll(async () => {
  stage = await createS3Stage();
}, 90_000);
afterAll(() => stage.close());

const configOf = (more: Partial<S3Config> = {}): S3Config => stage.config(more);
const contextOf = (signal = new AbortController().signal): ConnectorContext => s3Context({ signal });
const list = () => stage.everything();

describe("the s3 destination", () => {
  test("passes validation and leaves nothing", async () => {
    const before = await list();
    expect(await validateDestination(s3, configOf(), contextOf())).toMatchObject({ ok: true, steps: { length: 5 } });
    expect(await list()).toEqual(before);
  });

  test.each<[string, () => Partial<S3Config>, RegExp]>([
    ["a wrong secret", () => ({ secretAccessKey: "wrong" }), /secret access key is wrong/],
    ["an unknown access key", () => ({ accessKeyId: "unknown" }), /does not know this access key/],
    ["a missing bucket", () => ({ bucket: "no-such-bucket" }), /There is no bucket “no-such-bucket”/],
    ["https where http is spoken", () => ({ endpoint: stage.server.endpoint.replace("http:", "https:") }), /does not speak TLS/],
    ["an address that is not open", () => ({ endpoint: "http://10.0.0.1" }), /HOLDFAST_ALLOWED_NETWORKS/],
    ["a metadata address", () => ({ endpoint: "http://169.254.169.254" }), /HOLDFAST_ALLOWED_NETWORKS/],
  ])("%s is told", async (_what, more, sentence) => {
    const result = await validateDestination(s3, configOf(more()), contextOf());
    expect(result.steps).toHaveLength(1);
    expect(result.steps[0]).toMatchObject({ name: "Connect", ok: false });
    expect(result.steps[0]?.detail).toMatch(sentence);
  });

  test("an abort in the middle leaves no object and no upload", async () => {
    const before = await list();
    const controller = new AbortController();
    const session = await s3.open(configOf(), contextOf(controller.signal));
    async function* endless() {
      for (let count = 0; ; count++) {
        if (count === 30) controller.abort(new Error("cancelled"));
        await new Promise((resolve) => setImmediate(resolve));
        yield Buffer.alloc(MIB);
      }
    }
    await expect(session.put("aborted", Readable.from(endless()))).rejects.toThrow();
    await session.close();
    expect(await list()).toEqual(before);
  });
});

if (process.env["HOLDFAST_TEST_S3_ENDPOINT"] === undefined) {
  describe("what is asked of the server beyond storing", () => {
    const encrypted = { serverSideEncryption: "aws:kms", kmsKeyId: KMS_KEY } as const;

    test.each([
      ["in one request", 1000],
      ["in parts", 9 * MIB],
    ])("a key of the key service encrypts, %s", async (_how, sizeBytes) => {
      const session = await stage.open(encrypted);
      await session.put("encrypted", Readable.from([Buffer.alloc(sizeBytes, 4)]));
      expect(Buffer.concat((await (await session.get("encrypted")).toArray()) as Buffer[])).toEqual(Buffer.alloc(sizeBytes, 4));
      expect(await session.checksum?.("encrypted")).toBeNull();
      await session.remove("encrypted");
      await session.close();
    });

    test.each<[string, Partial<S3Config>, RegExp]>([
      ["a storage class that it does not have", { storageClass: "STANDARD_IA" }, /may not have the storage class STANDARD_IA/],
      ["a key that it does not know", { ...encrypted, kmsKeyId: "unknown" }, /key service refused the key “unknown”/],
      ["a default key that is none", { ...encrypted, kmsKeyId: "" }, /key service refused the key service’s default key/],
      ["encryption that it only pretends to", { serverSideEncryption: "AES256" }, /did not encrypt with AES256/],
    ])("%s is told in a sentence, and nothing stays", async (_what, more, sentence) => {
      const before = await list();
      const result = await validateDestination(s3, configOf(more), contextOf());
      expect(result.steps.at(-1)).toMatchObject({ name: "Write a probe", ok: false });
      expect(result.steps.at(-1)?.detail).toMatch(sentence);
      expect(await list()).toEqual(before);
    });
  });
}

type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Stands before the S3 server; `fault` may answer a request itself. */
async function withProxy<T>(fault: Fault, work: (endpoint: string) => Promise<T>): Promise<T> {
  const target = new URL(stage.server.endpoint);
  const proxy = http.createServer((request, response) => {
    if (fault(request, response)) return;
    const { method, url, headers } = request;
    const forwarded = http.request({ host: target.hostname, port: target.port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    forwarded.on("error", () => response.destroy());
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  try {
    return await work(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  } finally {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  }
}

function answerXml(response: ServerResponse, status: number, code: string): true {
  response.writeHead(status, { "content-type": "application/xml", connection: "close" });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>by the test</Message></Error>`);
  return true;
}

describe("a server that does not behave", () => {
  test.each<[string, number, string, RegExp]>([
    ["writing", 403, "AccessDenied", /answered 403: this key may not write to “.*\/tenants\/acme”/],
    ["checksums", 501, "NotImplemented", /choose “only when required” for checksums/],
    ["the clock", 403, "RequestTimeTooSkewed", /clocks/],
    ["the region", 301, "PermanentRedirect", /another region/],
    ["room", 403, "QuotaExceeded", /takes no more/],
  ])("a refusal because of %s is told in a sentence", async (_what, status, code, sentence) => {
    await withProxy(
      (request, response) => request.method === "PUT" && answerXml(response, status, code),
      async (endpoint) => {
        const result = await validateDestination(s3, configOf({ endpoint }), contextOf());
        expect(result.steps.at(-1)).toMatchObject({ name: "Write a probe", ok: false });
        expect(result.steps.at(-1)?.detail).toMatch(sentence);
      },
    );
  });

  test("a web server that is no S3 server, and one that hangs up, are told", async () => {
    const html: Fault = (_request, response) =>
      Boolean(response.writeHead(404, { "content-type": "text/html" }).end("<html><body><br>Not here</body></html>"));
    await withProxy(html, async (endpoint) => {
      const result = await validateDestination(s3, configOf({ endpoint }), contextOf());
      expect(result.steps.at(-1)?.detail).toMatch(/not as an S3 server/);
    });
    const hangingUp = net.createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => hangingUp.listen(0, "127.0.0.1", resolve));
    const { port } = hangingUp.address() as AddressInfo;
    const result = await validateDestination(s3, configOf({ endpoint: `http://127.0.0.1:${port}` }), contextOf());
    expect(result.steps.at(-1)?.detail).toMatch(/broke or stood still/);
    await new Promise((resolve) => hangingUp.close(resolve));
  });

  test("passing failures are tried again", async () => {
    let failures = 0;
    const flaky: Fault = (request, response) => request.method === "PUT" && failures++ < 2 && answerXml(response, 503, "SlowDown");
    await withProxy(flaky, async (endpoint) => {
      const session = await s3.open(configOf({ endpoint }), contextOf());
      await session.put("flaky", Readable.from([Buffer.alloc(17 * MIB, 1)]));
      expect(await session.stat("flaky")).toEqual({ sizeBytes: 17 * MIB });
      await session.remove("flaky");
      await session.close();
    });
  });

  test.each([
    ["in one request", 1000, (request: IncomingMessage) => request.method === "PUT"],
    ["in parts", 9 * MIB, (request: IncomingMessage) => request.method === "POST" && (request.url ?? "").includes("uploadId=")],
  ])("an upload %s whose answer is lost is known by its mark", async (_how, sizeBytes, decides) => {
    let lost = 0;
    const target = new URL(stage.server.endpoint);
    const losing: Fault = (request, response) => {
      if (!decides(request) || lost++ > 0) return false;
      const { method, url, headers } = request;
      const forwarded = http.request({ host: target.hostname, port: target.port, method, path: url, headers }, (answer) => {
        answer.resume().on("end", () => response.destroy());
      });
      request.pipe(forwarded);
      return true;
    };
    await withProxy(losing, async (endpoint) => {
      const session = await s3.open(configOf({ endpoint }), contextOf());
      const key = `lost-${sizeBytes}`;
      expect(await session.put(key, Readable.from([Buffer.alloc(sizeBytes, 2)]))).toEqual({ sizeBytes });
      expect(await session.stat(key)).toEqual({ sizeBytes });
      await session.remove(key);
      await session.close();
    });
    expect(lost).toBeGreaterThan(1);
  });

  test("a part that is refused for good leaves no object and no upload", async () => {
    const before = await list();
    const refusing: Fault = (request, response) => (request.url ?? "").includes("partNumber=2") && answerXml(response, 403, "AccessDenied");
    await withProxy(refusing, async (endpoint) => {
      const session = await s3.open(configOf({ endpoint }), contextOf());
      await expect(session.put("refused", Readable.from([Buffer.alloc(20 * MIB)]))).rejects.toThrow("may not write to");
      await session.close();
    });
    expect(await list()).toEqual(before);
  });

  test("a download that is cut is an error, not a short object", async () => {
    const session = await s3.open(configOf(), contextOf());
    await session.put("whole", Readable.from([Buffer.alloc(MIB, 3)]));
    const cutting: Fault = (request, response) => {
      if (!(request.url ?? "").includes("whole")) return false;
      response.writeHead(200, { "content-length": String(MIB) }).write(Buffer.alloc(1000));
      setImmediate(() => response.destroy());
      return true;
    };
    await withProxy(cutting, async (endpoint) => {
      const cut = await s3.open(configOf({ endpoint }), contextOf());
      await expect((await cut.get("whole")).toArray()).rejects.toThrow("broke or stood still");
      await cut.close();
    });
    await session.remove("whole");
    await session.close();
  });
});

test.each([
  ["endpoint", "s3.example.com"],
  ["endpoint", "ftp://s3.example.com"],
  ["endpoint", "https://user:secret@s3.example.com"],
  ["bucket", "x"],
  ["bucket", "a/b"],
  ["prefix", "../other"],
  ["prefix", "/leading"],
  ["region", "eu central"],
  ["storageClass", "GLACIER"],
  ["storageClass", "DEEP_ARCHIVE"],
  ["storageClass", "COLD"],
  ["objectLockMode", "SOMETIMES"],
  ["objectLockDays", "0"],
  ["kmsKeyId", "two words"],
])("a configuration with %s %s is refused", (name, value) => {
  const result = s3.config.safeParse({ endpoint: "", bucket: "bucket", accessKeyId: "a", secretAccessKey: "b", [name]: value });
  expect(result.error?.issues.map((issue) => issue.path.join("."))).toEqual([name]);
});

test("a configuration that was stored before there was more to choose still holds", () => {
  expect(s3.config.parse({ bucket: "bucket", accessKeyId: "a", secretAccessKey: "b" })).toMatchObject({
    storageClass: "none",
    serverSideEncryption: "none",
    objectLockMode: "none",
  });
});

test("a person is warned of what a setting costs or ends", () => {
  const warned = (more: Partial<S3Config>) => s3.warnings?.(configOf({ endpoint: "", ...more })) ?? [];
  expect(warned({})).toEqual([]);
  expect(warned({ endpoint: "http://s3.example" })).toEqual([expect.stringContaining("not encrypted")]);
  expect(warned({ storageClass: "INTELLIGENT_TIERING" })).toEqual([expect.stringContaining("archive tiers")]);
  expect(warned({ storageClass: "GLACIER_IR" })).toEqual([expect.stringContaining("price for each reading")]);
  expect(warned({ storageClass: "ONEZONE_IA" })).toHaveLength(2);
  expect(warned({ objectLockMode: "COMPLIANCE", objectLockDays: 1 })).toEqual([expect.stringMatching(/^Nobody, .* in the 1 day after/)]);
});
