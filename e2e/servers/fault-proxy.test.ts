import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startFaultProxy, type Address, type FaultProxy, type FaultyServer } from "#e2e/servers/fault-proxy.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listening(server: Server | http.Server): Promise<Address> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

async function started(server: FaultyServer, protocol?: "http"): Promise<FaultProxy> {
  const proxy = await startFaultProxy(server, protocol);
  closing.push(() => proxy.close());
  return proxy;
}

/** Resolves to all that came, and to how it ended. */
function received(socket: Socket): Promise<{ bytes: number; text: string; how: "end" | "reset" }> {
  const chunks: Buffer[] = [];
  const result = (how: "end" | "reset") => {
    const all = Buffer.concat(chunks);
    return { bytes: all.length, text: all.toString("latin1"), how };
  };
  return new Promise((resolve) => {
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => resolve(result("end"))).on("error", () => resolve(result("reset")));
  });
}

const settled = (promise: Promise<unknown>) =>
  Promise.race([promise.then(() => true), new Promise((resolve) => setTimeout(resolve, 100)).then(() => false)]);

describe("before a server that echoes", () => {
  let proxy: FaultProxy;
  let arrived: number;
  beforeEach(async () => {
    arrived = 0;
    const echo = net.createServer((socket) => {
      socket.on("error", () => undefined).on("data", (chunk) => (arrived += chunk.length));
      socket.pipe(socket);
    });
    proxy = await started(await listening(echo));
  });
  const connect = () => net.connect(proxy);

  test("everything passes, half-closed connections too", async () => {
    const socket = connect();
    const answer = received(socket);
    socket.end(Buffer.alloc(1_000_000));
    expect(await answer).toMatchObject({ bytes: 1_000_000, how: "end" });
    expect([proxy.passed("up"), proxy.passed("down")]).toEqual([1_000_000, 1_000_000]);
  });

  test.each(["end", "reset"] as const)(
    "a cut downwards by %s lets exactly that many bytes through, and nobody in until it is over",
    async (how) => {
      proxy.cutAfterBytes("down", 100_001, how);
      const socket = connect();
      const answer = received(socket);
      socket.write(Buffer.alloc(300_000));
      const seen = await answer;
      expect(proxy.passed("down")).toBe(100_001);
      if (how === "end") expect(seen.bytes).toBe(100_001);
      expect((await received(connect())).bytes).toBe(0);
      proxy.resume();
      const again = connect();
      const echoed = received(again);
      again.end("again");
      expect(await echoed).toMatchObject({ text: "again", how: "end" });
    },
  );

  test("a cut upwards is counted over connections, and what was before it arrives", async () => {
    proxy.cutAfterBytes("up", 12);
    const [first, second] = [connect(), connect()];
    const [one, two] = [received(first), received(second)];
    first.write("12345678");
    await once(first, "data");
    second.write("12345678");
    await Promise.all([one, two]);
    expect(arrived).toBe(12);
  });

  test("nothing passes while it stalls, and all of it afterwards", async () => {
    const before = connect();
    before.write("x");
    await once(before, "data");
    proxy.stall();
    const present = received(before);
    before.end("held");
    const late = connect();
    await once(late, "connect");
    const waiting = received(late);
    late.end("late");
    expect(await settled(Promise.race([present, waiting]))).toBe(false);
    expect(arrived).toBe(1);
    proxy.resume();
    expect((await present).text).toBe("held");
    expect((await waiting).text).toBe("late");
  });

  test("a stall after so many bytes holds back what is beyond them, and loses none of it", async () => {
    proxy.stallAfterBytes("up", 100_001);
    const socket = connect();
    const answer = received(socket);
    socket.end(Buffer.alloc(300_000));
    expect(await settled(answer)).toBe(false);
    expect([arrived, proxy.passed("up")]).toEqual([100_001, 100_001]);
    proxy.resume();
    expect(await answer).toMatchObject({ bytes: 300_000, how: "end" });
  });

  test("nobody gets in while it refuses, and everybody afterwards", async () => {
    const before = connect();
    before.write("x");
    await once(before, "data");
    const broken = received(before);
    proxy.refuse();
    expect((await broken).how).toBe("reset");
    const [error] = (await once(connect(), "error")) as [Error];
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
    proxy.resume();
    await expect.poll(() => once(connect().end("y"), "data").catch(() => null)).not.toBeNull();
  });

  test("a reset breaks what is open, and no more", async () => {
    const socket = connect();
    socket.write("x");
    await once(socket, "data");
    const broken = received(socket);
    proxy.reset();
    expect((await broken).how).toBe("reset");
    const next = connect();
    next.write("y");
    expect(String((await once(next, "data"))[0])).toBe("y");
    next.destroy();
  });
});

describe("before a web server", () => {
  test("answers as many requests as it is told, with their connections kept or not", async () => {
    let asked = 0;
    const server = http.createServer((request, response) => {
      asked += 1;
      request.pipe(response.writeHead(201, { "x-method": request.method }));
    });
    const proxy = await started(await listening(server), "http");
    const post = async (body: string) => {
      const answer = await fetch(`http://127.0.0.1:${proxy.port}/a?b=c`, { method: "POST", body });
      return [answer.status, answer.headers.get("x-method"), await answer.text()];
    };
    expect(await post("one")).toEqual([201, "POST", "one"]);
    proxy.answer(503, 2);
    expect([(await post("two"))[0], (await post("three"))[0], (await post("four"))[0]]).toEqual([503, 503, 201]);
    expect(asked).toBe(2);
    proxy.answer(500);
    for (let count = 0; count < 5; count++) expect((await post("x"))[0]).toBe(500);
    proxy.resume();
    expect(await post("five")).toEqual([201, "POST", "five"]);
    expect(asked).toBe(3);
  });

  test("a cut in the middle of an answer reaches both sides", async () => {
    const closed = Promise.withResolvers<void>();
    const server = http.createServer((_request, response) => {
      response.on("close", () => closed.resolve()).writeHead(200, { "content-length": 10_000_000 });
      response.write(Buffer.alloc(1_000_000));
    });
    const proxy = await started(await listening(server), "http");
    proxy.cutAfterBytes("down", 200_000);
    const answer = await fetch(`http://127.0.0.1:${proxy.port}/`);
    await expect(answer.arrayBuffer()).rejects.toThrow();
    await closed.promise;
  });
});

test("takes an FTP server's ports for data too, at an address of its own, and counts and cuts what passes there", async () => {
  const data = await listening(net.createServer((socket) => socket.on("error", () => undefined).end("the data")));
  const control = await listening(net.createServer((socket) => socket.on("error", () => undefined).end("220 Hello")));
  const proxy = await started({ ...control, passivePorts: [data.port] });
  expect(proxy.host).not.toBe(data.host);
  expect((await received(net.connect(proxy))).text).toBe("220 Hello");
  expect((await received(net.connect({ host: proxy.host, port: data.port }))).text).toBe("the data");
  expect(proxy.passed("down")).toBe("220 Hellothe data".length);
  proxy.cutAfterBytes("down", 3);
  expect((await received(net.connect({ host: proxy.host, port: data.port }))).text).toBe("the");
});
