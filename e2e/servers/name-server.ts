import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";

export interface NameServer {
  /** Where it answers, by UDP. */
  address: string;
  /** Names that were asked for an address of IPv4, in the order of the questions. */
  asked: string[];
  /** Answers what it kept waiting. */
  release: () => void;
  stop: () => Promise<void>;
}

const A = 1;
const NAME_ERROR = 3;
const SERVER_FAILURE = 2;

/** A name server on loopback: names with "slow" are answered when it is told to, with "broken" not well, with "unknown" that there are none; others at once by 127.0.0.1. */
export async function startNameServer(): Promise<NameServer> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  const kept: (() => void)[] = [];
  socket.on("message", (question: Buffer, { port, address }: RemoteInfo) => {
    const { name, type } = read(question);
    if (type === A) asked.push(name);
    const send = () => socket.send(answerTo(question, name, type), port, address);
    if (name.includes("slow")) kept.push(send);
    else send();
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    release: () => kept.splice(0).forEach((send) => send()),
    stop: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** The one question of a message (RFC 1035, section 4.1.2). */
function read(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

/** Of IPv6, no name has an address. */
function answerTo(question: Buffer, name: string, type: number): Buffer {
  const code = name.includes("unknown") ? NAME_ERROR : name.includes("broken") ? SERVER_FAILURE : 0;
  const hasAddress = code === 0 && type === A;
  const message = Buffer.from(question.subarray(0, read(question).end));
  message.writeUInt16BE(0x8180 | code, 2);
  [1, hasAddress ? 1 : 0, 0, 0].forEach((count, index) => message.writeUInt16BE(count, 4 + 2 * index));
  if (!hasAddress) return message;
  // The name of the question, class IN, a minute, four bytes.
  return Buffer.concat([message, Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1])]);
}
