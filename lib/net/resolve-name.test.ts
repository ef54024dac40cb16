import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type NameServer, startNameServer } from "#e2e/servers/name-server.ts";
import { createAddressGuard } from "#lib/net/address-guard.ts";
import { createNameResolver } from "#lib/net/resolve-name.ts";

const never = new AbortController().signal;

let names: NameServer;
beforeEach(async () => {
  names = await startNameServer();
});
afterEach(() => names.stop());

/** The operating system, whose own name server no test may ask. */
function fakeSystem() {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const system = (host: string) => {
    asked.push(host);
    return new Promise<string[]>((resolve) => answers.push(() => resolve(["127.0.0.1"])));
  };
  const answer = () => answers.splice(0).forEach((each) => each());
  return { system, asked, answer };
}

describe("a slow name server", () => {
  test("stalls neither what needs a thread nor connections to other names", async () => {
    const page = http.createServer((_request, response) => response.end("page"));
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    const { port } = page.address() as AddressInfo;
    const guard = createAddressGuard({ allowed: ["127.0.0.0/8"], resolve: createNameResolver({ servers: [names.address] }) });
    let settled = 0;
    const slow = Array.from({ length: 24 }, (_, index) =>
      guard.connect({ host: `slow${index}.example`, port }).finally(() => (settled += 1)),
    );
    while (new Set(names.asked).size < 24) await delay(5);
    const quick = [await guard.connect({ host: "quick.example", port }), await guard.connect({ host: "localhost", port })];
    expect(await lookup("localhost")).toMatchObject({ family: 4 });
    expect((await readFile(import.meta.filename, "utf8")).length).toBeGreaterThan(0);
    expect(settled).toBe(0);
    names.release();
    for (const socket of [...quick, ...(await Promise.all(slow))]) {
      expect(socket.remoteAddress).toBe("127.0.0.1");
      socket.destroy();
    }
    await new Promise((resolve) => page.close(resolve));
  });

  test("is left when nobody waits for its answer any more", async () => {
    const end = new AbortController();
    const asking = createNameResolver({ servers: [names.address] })("slow.example", end.signal);
    while (names.asked.length === 0) await delay(5);
    end.abort(new Error("Stop."));
    await expect(asking).rejects.toThrow("Stop.");
  });
});

describe("the operating system", () => {
  test("is asked for names of the hosts file and of one word, and for those that no name server knows", async () => {
    const { system, asked, answer } = fakeSystem();
    const resolve = createNameResolver({ servers: [names.address], system });
    for (const host of ["localhost", "LOCALHOST.", "minio", "truenas.local", "unknown.example"]) {
      const resolving = resolve(host, never);
      while (asked.at(-1) !== host) await delay(5);
      answer();
      expect(await resolving).toEqual(["127.0.0.1"]);
    }
    expect(names.asked).toEqual(["unknown.example"]);
  });

  test("is not asked again where a name server did not say that there is no such name", async () => {
    const { system, asked } = fakeSystem();
    const resolve = createNameResolver({ servers: [names.address], system });
    await expect(resolve("broken.example", never)).rejects.toMatchObject({ code: "ESERVFAIL" });
    expect(asked).toEqual([]);
    const guard = createAddressGuard({ allowed: [], resolve });
    await expect(guard.connect({ host: "broken.example", port: 1 })).rejects.toThrow("could not be looked up just now");
  });

  test("where no name server is, it is", async () => {
    const { address } = names;
    const { system, asked, answer } = fakeSystem();
    await names.stop();
    const resolving = createNameResolver({ servers: [address], system })("some.example", never);
    while (asked.length === 0) await delay(5);
    answer();
    expect(await resolving).toEqual(["127.0.0.1"]);
    names = await startNameServer();
  });

  test("keeps two threads at most, which never hold up a name of the hosts file, and is not asked for whoever has left", async () => {
    const { system, asked, answer } = fakeSystem();
    const resolve = createNameResolver({ servers: [names.address], system });
    const left = new AbortController();
    const all = ["one", "two"].map((host) => resolve(host, never));
    while (asked.length < 2) await delay(5);
    const leaving = resolve("three", left.signal);
    all.push(resolve("four", never));
    all.push(resolve("localhost", never));
    while (!asked.includes("localhost")) await delay(5);
    // Each reads the hosts file first.
    expect(asked.toSorted()).toEqual(["localhost", "one", "two"]);
    left.abort(new Error("Stop."));
    answer();
    await expect(leaving).rejects.toThrow("Stop.");
    while (!asked.includes("four")) await delay(5);
    answer();
    expect(await Promise.all(all)).toHaveLength(4);
    expect(asked).not.toContain("three");
  });
});
