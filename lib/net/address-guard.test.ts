import http from "node:http";
import net from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createAddressGuard } from "#lib/net/address-guard.ts";
import { createAddressRules } from "#lib/net/address-rules.ts";

const strict = createAddressRules([]);
const embedded = createAddressRules("embedded-default");

describe("the judgement on an address", () => {
  test.each(["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])("public unicast %s is always allowed", (address) => {
    expect(strict.allows(address)).toBe(true);
    expect(embedded.allows(address)).toBe(true);
  });

  test.each([
    "127.0.0.1",
    "127.8.9.1",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "::1",
    "[::1]",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "fd00::1",
  ])("loopback and private %s only where allowed", (address) => {
    expect(strict.allows(address)).toBe(false);
    expect(embedded.allows(address)).toBe(true);
  });

  test.each([
    "0.0.0.0",
    "::",
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "100::1",
    "fec0::1",
    "ff02::1",
    "5f00::1",
    "4000::1",
    "example.com",
    "",
  ])("%s is refused even by the embedded default", (address) => {
    expect(strict.allows(address)).toBe(false);
    expect(embedded.allows(address)).toBe(false);
  });

  test("a broad network does not open link-local and metadata addresses, naming them does", () => {
    const broad = createAddressRules(["0.0.0.0/0", "::/0"]);
    expect(broad.allows("192.0.2.1")).toBe(true);
    for (const address of ["169.254.169.254", "fe80::1", "fd00:ec2::254", "168.63.129.16"]) expect(broad.allows(address)).toBe(false);
    expect(createAddressRules(["169.254.10.0/24"]).allows("169.254.10.7")).toBe(true);
    expect(createAddressRules(["168.63.129.16"]).allows("168.63.129.16")).toBe(true);
  });

  test("a network that is none is named", () => {
    expect(() => createAddressRules(["10.0.0.0/8", "10.0.0.0/33"])).toThrow('"10.0.0.0/33" is not a network');
    expect(() => createAddressRules(["home"])).toThrow('"home" is not a network');
  });
});

describe("the guarded connection", () => {
  const servers: net.Server[] = [];
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  async function listen(server: net.Server): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }

  /** A guard whose sockets always end at loopback, whatever was asked for, and which remembers what was asked for. */
  function spied(allowed: string[], answers: Record<string, string[]>, port: number) {
    const asked: string[] = [];
    const guard = createAddressGuard({
      allowed,
      resolve: (host) => Promise.resolve(answers[host] ?? []),
      connect: ({ host }) => {
        asked.push(host);
        return net.connect({ host: "127.0.0.1", port });
      },
    });
    return { guard, asked };
  }

  test("refuses literals and names before a socket is opened", async () => {
    const port = await listen(net.createServer((socket) => socket.end()));
    const { guard, asked } = spied([], { "inside.example": ["127.0.0.1"], "mixed.example": ["8.8.8.8", "127.0.0.1"] }, port);
    for (const host of ["127.0.0.1", "0x7f.1", "2130706433", "[::1]", "::ffff:127.0.0.1", "inside.example", "mixed.example"]) {
      await expect(guard.connect({ host, port })).rejects.toThrow("HOLDFAST_ALLOWED_NETWORKS");
    }
    expect(asked).toEqual([]);
  });

  test("judges the connected socket too", async () => {
    const port = await listen(net.createServer((socket) => socket.end()));
    const { guard, asked } = spied([], { "good.example": ["8.8.8.8"] }, port);
    await expect(guard.connect({ host: "good.example", port })).rejects.toMatchObject({ code: "address-refused" });
    expect(asked).toEqual(["8.8.8.8"]);
  });

  test("connects where it is allowed", async () => {
    const port = await listen(net.createServer((socket) => socket.end("hello")));
    const { guard } = spied(["127.0.0.0/8"], { "inside.example": ["127.0.0.1"] }, port);
    const socket = await guard.connect({ host: "inside.example", port });
    expect((await socket.toArray()).join("")).toBe("hello");
  });

  test("says that nobody answers, and gives up on a signal", async () => {
    const port = await listen(net.createServer());
    await new Promise((resolve) => servers[0]?.close(resolve));
    const guard = createAddressGuard({ allowed: "embedded-default" });
    await expect(guard.connect({ host: "127.0.0.1", port })).rejects.toThrow(`127.0.0.1:${port} refused the connection`);
    const never = createAddressGuard({ allowed: [], resolve: () => new Promise(() => undefined) });
    await expect(never.connect({ host: "slow.example", port, timeoutMs: 20 })).rejects.toMatchObject({ code: "unreachable" });
    await expect(never.connect({ host: "slow.example", port, signal: AbortSignal.abort(new Error("Stop.")) })).rejects.toThrow("Stop.");
  });

  test("HTTP agents go through the same guard", async () => {
    const port = await listen(http.createServer((_request, response) => response.end("page")));
    const allowed = createAddressGuard({ allowed: ["127.0.0.0/8"], resolve: () => Promise.resolve(["127.0.0.1"]) });
    const refusing = createAddressGuard({ allowed: [], resolve: () => Promise.resolve(["127.0.0.1"]) });
    await expect(fetchText(`http://any.example:${port}/`, allowed.httpAgents().http)).resolves.toBe("page");
    await expect(fetchText(`http://any.example:${port}/`, refusing.httpAgents().http)).rejects.toMatchObject({ code: "address-refused" });
    await expect(fetchText(`http://127.0.0.1:${port}/`, refusing.httpAgents().http)).rejects.toMatchObject({ code: "address-refused" });
  });
});

function fetchText(url: string, agent: http.Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent }, (response) => {
        response.toArray().then((chunks) => resolve(Buffer.concat(chunks as Buffer[]).toString()), reject);
      })
      .on("error", reject)
      .on("close", () => agent.destroy());
  });
}
