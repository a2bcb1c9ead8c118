/** A part of a bench that must not share its process: started beside it, asked by messages, ended with it. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

export interface Child {
  /** One question, one answer, in order. */
  ask<Answer>(question: object): Promise<Answer>;
  close(): Promise<void>;
}

/** `file`: in this folder, without its ending. */
export async function startChild(file: string): Promise<Child> {
  const child: ChildProcess = fork(join(__dirname, `${file}.ts`), {
    execArgv: ['--require', join(__dirname, 'as-built.cjs')],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const answer = <Answer>(): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error(`${file} has ended`));
      child.once('exit', gone);
      child.once('message', (message) => {
        child.off('exit', gone);
        resolve(message as Answer);
      });
    });
  await answer();
  return {
    ask: <Answer>(question: object): Promise<Answer> => {
      const told = answer<Answer>();
      child.send(question);
      return told;
    },
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The other side: says that it is there, and answers whatever it is asked, one after the other. */
export function answering(work: (question: never) => Promise<object>): void {
  process.on('message', (question) => void work(question as never).then((answer) => process.send?.(answer)));
  process.on('disconnect', () => process.exit(0));
  process.send?.({});
}
