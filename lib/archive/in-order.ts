/**
 * Does `work` for each input, at most `atOnce` at a time, and gives the results in the order of the inputs. The first error ends it, once what is
 * under way has come to its end.
 */
export async function* inOrder<Input, Output>(
  inputs: AsyncIterable<Input>,
  work: (input: Input) => Promise<Output>,
  atOnce: number,
): AsyncGenerator<Output> {
  let running: Promise<Output>[] = [];
  try {
    for await (const input of inputs) {
      const result = work(input);
      // Whoever waits for it below gets the error; until then it is not one that nobody handles.
      result.catch(() => undefined);
      running.push(result);
      if (running.length < atOnce) continue;
      const [oldest, ...later] = running;
      running = later;
      if (oldest !== undefined) yield await oldest;
    }
    for (const result of running) yield await result;
  } finally {
    await Promise.allSettled(running);
  }
}
