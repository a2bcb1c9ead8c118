/** A small share of `npm run bad-inputs`, in one process of its own, by the command that people run. */
import { spawn } from 'node:child_process';
import { PROJECT } from '../sandbox/options';

jest.setTimeout(180_000);

it('bad inputs over every entrance end no process, change nothing and are refused in words', async () => {
  const args = [require.resolve('tsx/cli'), 'test/bad-inputs/main.ts', '--count', '300', '--seed', '1'];
  const child = spawn(process.execPath, args, { cwd: PROJECT, stdio: ['ignore', 'pipe', 'ignore'] });
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  const code = await new Promise((resolve) => child.once('close', resolve));
  const said = Buffer.concat(pieces).toString('utf8');
  expect({ code, said }).toEqual({ code: 0, said: expect.stringMatching(/^all +\d{3,}/m) });
  expect(said).not.toContain('FAULT');
});
