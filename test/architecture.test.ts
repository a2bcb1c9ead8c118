/** The rules of docs/architecture.md, read back from the files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { houseFaults, importsOf, roomOf, type Sources } from './support/core-house-rules';

const HOUSE = join(__dirname, '..');

function filesOf(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesOf(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

const sources: Sources = new Map(
  ['src', 'commands', 'jobs', 'templates', 'sandbox', 'bench', 'chaos']
    .flatMap((room) => filesOf(join(HOUSE, room)))
    .map((path) => [relative(HOUSE, path).replaceAll('\\', '/'), readFileSync(path, 'utf8')]),
);

describe('the house', () => {
  test('keeps its rules in every file', () => expect(houseFaults(sources)).toEqual([]));

  test('is not read past: the core is there and imports of every room are seen', () => {
    expect([...sources.keys()]).toEqual(
      expect.arrayContaining(['src/core/decide.ts', 'src/core/wave.ts', 'src/core/due.ts']),
    );
    const seen = [...sources].reduce((sum, [, text]) => sum + importsOf(text).length, 0);
    const written = [...sources].reduce(
      (sum, [, text]) => sum + (text.match(/^(?:import|export)\b.*\bfrom '|^\} from '|^import '/gm)?.length ?? 0),
      0,
    );
    expect(seen).toBeGreaterThanOrEqual(written);
  });
});

const faultsOf = (path: string, text: string) => houseFaults(new Map([[path, text]]));

describe('the rules catch', () => {
  test.each([
    ['src/core/a.ts', "import { z } from 'zod';"],
    ['src/core/a.ts', "import { createHash } from 'node:crypto';"],
    ['src/core/a.ts', "import type { Clock } from '../ports/clock';"],
    ['src/core/a.ts', "export * from '../engine/handle';"],
    ['src/core/a.ts', "type A = import('../ports/clock').Clock;"],
    ['src/core/a.ts', "const a = await import('../ports/clock');"],
    ['src/core/a.ts', "const a = require('fs');"],
    ['src/core/a.ts', "import 'zod';"],
    ['src/core/a.ts', "import {\n  one,\n  two,\n} from 'luxon';"],
    ['src/core/a.ts', "import a = require('fs');"],
    ['src/ports/a.ts', "import { due } from '../core/due';"],
    ['src/ports/a.ts', "import { type Wave, evolve } from '../core/wave';"],
    ['src/ports/a.ts', "import type { Redis } from 'ioredis';"],
    ['src/engine/a.ts', "import { x } from '../parse/x';"],
    ['src/engine/a.ts', "import { x } from '../adapters/store/x';"],
    ['src/engine/a.ts', "import { randomUUID } from 'node:crypto';"],
    ['src/parse/a.ts', "import type { Clock } from '../ports/clock';"],
    ['src/parse/a.ts', "import axios from 'axios';"],
    ['src/adapters/store/a.ts', "import { x } from '../queue/x';"],
    ['src/adapters/store/a.ts', "import { x } from '../../engine/handle';"],
    ['src/adapters/store/a.ts', "import { x } from '../../parse/x';"],
    ['src/adapters/store/a.ts', "import { Queue } from 'bullmq';"],
    ['src/adapters/dns/a.ts', "import { App } from '@slack/bolt';"],
    ['templates/a.ts', "import { Fault } from '../src/ports/fault';"],
    ['templates/a.ts', "import { isThread } from '../src/ports/thread';"],
    ['templates/a.ts', "import { x } from '../commands/x';"],
    ['commands/a.ts', "import { x } from '../jobs/x';"],
    ['commands/a.ts', "import type { X } from '../jobs/steps/x';"],
    ['commands/a.ts', "import { App } from '@slack/bolt';"],
    ['commands/a.ts', "import { type App } from '@slack/bolt';"],
    ['commands/a.ts', "import type { WebClient } from '@slack/web-api';"],
    ['commands/a.ts', "import { x } from '../src/adapters/store/x';"],
    ['commands/a.ts', "import { compose } from '../src/compose';"],
    ['commands/a.ts', "import { main } from '../src/main';"],
    ['jobs/a.ts', "import { x } from '../commands/x';"],
    ['jobs/steps/a.ts', "import { x } from '../../src/parse/x';"],
    ['jobs/steps/a.ts', "import { x } from '../../src/adapters/dns/x';"],
    ['jobs/a.ts', "import type { Job } from 'bullmq';"],
    ['src/main.ts', "import { twin } from '../sandbox/twin/twin';"],
    ['src/cli.ts', "import { x } from '../test/support/x';"],
    ['sandbox/main.ts', "import { decide } from '../src/core/decide';"],
    ['sandbox/twin/a.ts', "import type { Site } from '../../src/core/site';"],
    ['sandbox/a.ts', "import { x } from '../commands/x';"],
    ['sandbox/a.ts', "import { x } from '../chaos/x';"],
    ['src/main.ts', "import { drawSchedule } from '../chaos/schedule';"],
    ['chaos/a.ts', "import type { Wave } from '../src/core/wave';"],
    ['chaos/a.ts', "import { x } from '../test/support/x';"],
    ['src/core/a.ts', "import { x } from '../../../elsewhere/x';"],
    ['jobs/a.ts', 'const step = require(name);'],
    ['jobs/a.ts', 'const step = await import("./steps/" + kind);'],
  ])('an arrow that points the wrong way: %s, %s', (path, text) => {
    expect(faultsOf(path, text)).toHaveLength(1);
  });

  test.each([
    ['src/core/a.ts', 'const now = Date.now();'],
    ['src/core/a.ts', 'const now = new Date();'],
    ['src/core/a.ts', 'const dice = Math.random();'],
    ['src/core/a.ts', 'setTimeout(go, 1);'],
    ['src/core/a.ts', 'console.log(wave);'],
    ['jobs/a.ts', 'const url = process.env.REDIS_URL;'],
    ['commands/a.ts', "const url = process['env'].REDIS_URL;"],
    ['src/compose.ts', 'const { env } = process;'],
    ['src/compose.ts', 'const { argv, env: environment } = process;'],
    ['src/engine/a.ts', 'const url = process\n  .env\n  .REDIS_URL;'],
  ])('time, chance, noise and the environment where they do not belong: %s, %s', (path, text) => {
    expect(faultsOf(path, text)).toHaveLength(1);
  });

  test('a file of the product that is longer than 500 lines', () => {
    expect(faultsOf('jobs/a.ts', 'a;\n'.repeat(500))).toEqual([]);
    expect(faultsOf('jobs/a.ts', 'a;\n'.repeat(501))).toEqual([expect.stringMatching(/501 lines/)]);
    expect(faultsOf('sandbox/a.ts', 'a;\n'.repeat(501))).toEqual([]);
  });

  test('a room for which no rule is written', () => {
    expect(() => faultsOf('src/adapters/new/a.ts', "import { z } from 'zod';")).toThrow(
      /no rule is written for src\/adapters\/new/,
    );
    expect(() => faultsOf('src/attic/a.ts', "import { z } from 'zod';")).toThrow(/no rule/);
  });

  test('the line on which it stands', () => {
    expect(faultsOf('src/core/a.ts', "/* a\n b */\nimport { a } from './a';\nimport z from 'zod';")).toEqual([
      'src/core/a.ts:4 imports zod: src/core may not use this package',
    ]);
  });
});

describe('the rules let pass', () => {
  test.each([
    ['src/core/a.ts', "import { evolve } from './wave';"],
    ['src/core/a.ts', "// import { z } from 'zod';\n/* require('fs') */"],
    ['src/core/a.ts', "const sentence = 'the date of Date is new Date(0)'; const at = new Date(now);"],
    ['src/ports/a.ts', "import type { Wave } from '../core/wave';"],
    ['src/ports/a.ts', "export type { Wave } from '../core/wave';"],
    ['src/ports/a.ts', "type A = import('../core/wave').Wave;"],
    ['src/engine/a.ts', "import { Fault } from '../ports/fault';\nimport { due } from '../core/due';"],
    ['src/parse/a.ts', "import { z } from 'zod';\nimport { parse } from '@marcbachmann/cel-js';"],
    [
      'src/adapters/store/a.ts',
      "import { Redis } from 'ioredis';\nimport net from 'node:net';\nimport { z } from 'zod';",
    ],
    ['src/adapters/dns/a.ts', "import { client } from '../http/vendor-client';"],
    ['src/adapters/log.ts', "import pino from 'pino';"],
    ['templates/a.ts', "import type { Message } from '../src/ports/thread';\nimport { due } from '../src/core/due';"],
    ['commands/a.ts', "import type { App } from '@slack/bolt';\nimport { handle } from '../src/engine/handle';"],
    ['jobs/steps/a.ts', "import { x } from '../outcomes';\nimport { card } from '../../templates/gate-card';"],
    [
      'src/main.ts',
      "import { x } from './adapters/store/x';\nimport { y } from '../jobs';\nconst port = process.env.PORT;",
    ],
    ['src/compose-world.ts', "import { x } from './adapters/dns/x';"],
    ['sandbox/a.ts', "import { z } from 'zod';\nimport { y } from './twin/y';\nconst url = process.env.REDIS_URL;"],
    ['bench/a.ts', "import { decide } from '../src/core/decide';"],
    ['chaos/a.ts', "import { Redis } from 'ioredis';\nimport { startTwin } from '../sandbox/twin/twin';"],
    ['jobs/a.ts', "const words = 'we import (with care) from there';"],
  ])('%s: %s', (path, text) => expect(faultsOf(path, text)).toEqual([]));
});

test.each([
  ['src/core/wave.ts', 'src/core'],
  ['src/adapters/platforms/genesys/api.ts', 'src/adapters/platforms'],
  ['src/adapters/digest', 'src/adapters/digest'],
  ['src/main', 'root'],
  ['src/compose.ts', 'root'],
  ['jobs/steps/http.ts', 'jobs'],
  ['../elsewhere/a', 'outside'],
])('%s lies in %s', (path, room) => expect(roomOf(path)).toBe(room));
