import type { Redis } from 'ioredis';

/**
 * What is asked of Redis in one turn of the event loop goes out in one write to the socket: a hundred waves that move at
 * once would otherwise cost a system call for each command. Order and answers are as before, and nothing is kept waiting.
 */
export function gathered(redis: Redis): Redis {
  redis.on('connect', () => {
    const { stream } = redis;
    const write = stream.write;
    let corked = false;
    stream.write = ((...given: Parameters<typeof write>) => {
      if (!corked) {
        corked = true;
        stream.cork();
        process.nextTick(() => {
          corked = false;
          stream.uncork();
        });
      }
      return write.apply(stream, given);
    }) as typeof write;
  });
  return redis;
}
