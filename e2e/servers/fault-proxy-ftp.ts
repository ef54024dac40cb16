const EXTENDED = /^(229 .*\(\|\|\|)(\d+)(\|\).*)$/;
const PASSIVE = /^(227 .*?\d+,\d+,\d+,\d+,)(\d+),(\d+)(.*)$/;

/**
 * Changes the port in an FTP server's answers to PASV (RFC 959) and EPSV (RFC 2428) to the one that `open` gives for it. Takes what the server says in whole
 * lines; servers send them so.
 */
export function createPassiveRewriter(open: (port: number) => Promise<{ port: number }>): (chunk: Buffer) => Promise<Buffer> {
  return async (chunk) => {
    const lines = chunk.toString("latin1").split("\r\n");
    const rewritten: string[] = [];
    for (const line of lines) rewritten.push(await rewriteLine(line, open));
    return Buffer.from(rewritten.join("\r\n"), "latin1");
  };
}

async function rewriteLine(line: string, open: (port: number) => Promise<{ port: number }>): Promise<string> {
  const extended = EXTENDED.exec(line);
  if (extended) return `${extended[1]}${(await open(Number(extended[2]))).port}${extended[3]}`;
  const passive = PASSIVE.exec(line);
  if (!passive) return line;
  const { port } = await open(Number(passive[2]) * 256 + Number(passive[3]));
  return `${passive[1]}${port >> 8},${port & 255}${passive[4]}`;
}
