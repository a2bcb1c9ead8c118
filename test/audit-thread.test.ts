/** The thread as a witness of the log, and the log as one of the thread: whatever is done to either side shows. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { auditExport, PRODUCT, threadText } from '../src/audit-export';
import { auditFile } from '../src/audit-file';
import { auditThread } from '../src/audit-thread';
import type { LoggedEvent } from '../src/core/events';
import { canonicalJson } from '../src/core/json';
import { saidWords } from '../src/core/said-words';
import type { ThreadPost } from '../src/core/thread-post';
import { evolve, type Wave } from '../src/core/wave';
import { verifyManifest, verifyState } from '../src/engine/verify-manifest';
import { gateCard } from '../templates/gate-card';
import { gateStory } from '../templates/gate-story';
import { rootCard } from '../templates/root-card';
import { type Told, threadPosts } from '../templates/thread';
import { abort, DANIEL, MARIA, sha256 } from './support/core-waves';
import { lagging, type Story } from './templates-stories';

const BOT = 'U0CUTOVER';
const ROOT = '1700000000.000001';
const WHERE = { channel: 'C0CUTOVER', ts: ROOT };
const AT = Date.UTC(2027, 5, 7);

/** A post as Slack has it. */
const post = (
  ts: string,
  message: { text: string; blocks: readonly object[] },
  mark: ThreadPost['mark'],
): ThreadPost => ({
  ts,
  author: BOT,
  text: message.text,
  blocks: message.blocks,
  mark: mark && { ...mark, said: sha256(saidWords(message)).slice(0, 16) },
  edited: null,
});

/** The thread that the bot keeps of a story, its cards as they are at the end. */
function threadOf({ told, wave, now }: Pick<Story, 'told' | 'wave' | 'now'>): ThreadPost[] {
  const last = told.at(-1)?.logged;
  const posts = threadPosts(told).posts.map(({ from, to, message, gate }, i) => {
    const story = gate && gateStory(told, gate.number, to);
    return post(`170000000${i < 9 ? 1 : 2}.0000${String(i + 10)}`, story ? gateCard(wave, story) : message, {
      wave: wave.id,
      from,
      to,
    });
  });
  return [post(ROOT, rootCard(wave, now, last?.hash), { wave: wave.id, from: 0, to: 0 }), ...posts];
}

const story = lagging();
story.does(abort(DANIEL));
const { log } = story;
const thread = threadOf(story);
const verdict = (posts: readonly ThreadPost[], of: readonly LoggedEvent[] = log, product: string | null = PRODUCT) =>
  auditThread(of, { name: 'thread', root: ROOT, posts, mustTell: of.length, rootAt: of.length, product });

/** The log with one event changed and every hash after it made anew, as somebody would who can write Redis. */
function rewritten(seq: number, change: (entry: LoggedEvent) => LoggedEvent): readonly LoggedEvent[] {
  let previous = '';
  return log.map((entry) => {
    const { hash: _, ...bare } = entry.seq === seq ? change(entry) : entry;
    previous = sha256(previous + canonicalJson(bare));
    return { ...bare, hash: previous };
  });
}

const at = (i: number): ThreadPost => {
  const found = thread[i];
  if (!found) throw new Error(`the thread has no post ${i}`);
  return found;
};
const withPost = (i: number, changed: ThreadPost): ThreadPost[] => thread.map((each, j) => (i === j ? changed : each));
/** Other words in the post, everything else as it was; `hidden` makes the digest that it carries fit them. */
function reworded(of: ThreadPost, from: RegExp, to: string, hidden: boolean): ThreadPost {
  const blocks = JSON.parse(JSON.stringify(of.blocks).replace(from, to)) as unknown[];
  if (JSON.stringify(blocks) === JSON.stringify(of.blocks)) throw new Error(`${from} is not said there`);
  const changed = { ...of, blocks };
  return hidden && of.mark
    ? { ...changed, mark: { ...of.mark, said: sha256(saidWords(changed)).slice(0, 16) } }
    : changed;
}
const gateAt = thread.findIndex(({ mark }) => mark !== null && log[mark.to - 1]?.event.type === 'GateOpened');
const person: ThreadPost = {
  ts: '1700000009.999999',
  author: MARIA.user,
  text: 'Shall we? #3 · 0123456789',
  blocks: [],
  mark: null,
  edited: null,
};

describe('a thread that nobody touched', () => {
  it('says what the log says, beside whatever people write there', () => {
    expect(thread.length).toBeGreaterThan(10);
    expect(gateAt).toBeGreaterThan(0);
    const report = verdict([...thread, person]);
    expect(report).toMatchObject({ ok: true });
    expect(report.lines[0]).toMatch(
      new RegExp(`${thread.length - 1} posts tell events 1 to ${log.length}; 1 posts are of people`),
    );
  });

  it('may have a card that the bot has redrawn, also one that is behind the log', () => {
    const behind = gateStory(story.told.slice(0, at(gateAt).mark?.to), 1, at(gateAt).mark?.to ?? 0);
    if (!behind) throw new Error('no gate');
    const wave = story.told[(at(gateAt).mark?.to ?? 0) - 1]?.wave as Wave;
    const old = post(at(gateAt).ts, gateCard(wave, behind), at(gateAt).mark);
    expect(old.blocks).not.toEqual(at(gateAt).blocks);
    expect(verdict(withPost(gateAt, old)).ok).toBe(true);
    expect(verdict(withPost(gateAt, { ...at(gateAt), edited: { user: BOT, ts: '1700000300.000000' } })).ok).toBe(true);
  });

  it('is the same whatever Slack makes of emoji, links and entities', () => {
    const asSlack = thread.map((each) => ({
      ...each,
      text: each.text.replace(/\b(site\w+\.example\.com)\b/g, '<http://$1|$1>'),
      blocks: JSON.parse(JSON.stringify(each.blocks).replaceAll('✅', ':white_check_mark:')) as unknown[],
    }));
    expect(verdict(asSlack)).toMatchObject({ ok: true });
  });

  it('may be in the words of another version, and that is said', () => {
    const other = withPost(3, reworded(at(3), /Step/, 'Stage', true));
    expect(verdict(other, log, null)).toMatchObject({ ok: true });
    expect(verdict(other, log, null).lines.join('\n')).toMatch(/1 posts are in the words of another version/);
  });
});

describe('a thread that was touched', () => {
  const swapped = thread.map((each, i) =>
    i === 4 ? { ...at(5), ts: at(4).ts } : i === 5 ? { ...at(4), ts: at(5).ts } : each,
  );
  const rows: readonly (readonly [string, readonly ThreadPost[], number, RegExp])[] = [
    ['a post deleted', thread.filter((_, i) => i !== 3), 4, /have? no post before it|has no post before it/],
    ['the last post deleted', thread.slice(0, -1), thread.length, /no post at the end of the thread/],
    ['all posts but the root deleted', thread.slice(0, 1), 2, /events 1 to \d+ have no post at the end/],
    ['the root deleted', thread.slice(1), 1, /the root card is gone/],
    [
      'the root turned into a tombstone',
      withPost(0, { ...at(0), author: null, mark: null, blocks: [] }),
      1,
      /no numbers of ours/,
    ],
    ['two posts exchanged', swapped, 5, /the order was changed/],
    ['a post moved in the file', [at(0), at(2), at(1), ...thread.slice(3)], 2, /the order was changed/],
    [
      'a post repeated',
      [...thread.slice(0, 5), { ...at(4), ts: `${at(4).ts}5` }, ...thread.slice(5)],
      6,
      /after later ones or once more/,
    ],
    [
      'words edited',
      withPost(3, reworded(at(3), /Step/, 'Stage', false)),
      4,
      /not say what it said when it was posted/,
    ],
    [
      'words and digest edited',
      withPost(3, reworded(at(3), /Step/, 'Stage', true)),
      4,
      /does not say what the log says of event/,
    ],
    [
      'a gate card edited',
      withPost(gateAt, reworded(at(gateAt), /Approved/, 'Declined', true)),
      gateAt + 1,
      /not say what the log says/,
    ],
    [
      'a gate card edited by somebody else',
      withPost(gateAt, { ...at(gateAt), edited: { user: 'U0OTHER', ts: '1.000000' } }),
      gateAt + 1,
      /edited by U0OTHER/,
    ],
    [
      'an edit that Slack tells of',
      withPost(3, { ...at(3), edited: { user: BOT, ts: '1700000300.000000' } }),
      4,
      /edited by U0CUTOVER/,
    ],
    ['its mark taken away', withPost(3, { ...at(3), blocks: at(3).blocks.slice(0, -1) }), 4, /no mark of the chain/],
    [
      'the mark of another event',
      withPost(3, reworded(at(3), / · [0-9a-f]{10} · /, ` · ${log[0]?.hash.slice(0, 10)} · `, true)),
      4,
      /shows the mark of event 1/,
    ],
    [
      'a mark of no event',
      withPost(3, reworded(at(3), / · [0-9a-f]{10} · /, ' · 0123456789 · ', true)),
      4,
      /not that of event/,
    ],
    [
      'other numbers shown than carried',
      withPost(3, reworded(at(3), /#(\d+)/, '#9$1', true)),
      4,
      /shows events? .* and carries/,
    ],
    ['its numbers taken away', withPost(3, { ...at(3), mark: null }), 4, /names no events/],
    [
      'numbers past the log',
      withPost(3, { ...at(3), mark: { wave: story.wave.id, from: 900, to: 901 } }),
      4,
      /the log ends at/,
    ],
    [
      'numbers of another wave',
      withPost(3, { ...at(3), mark: { wave: 'site-z-wave-1', from: 3, to: 3 } }),
      4,
      /belongs to wave site-z/,
    ],
    [
      'a post with marks of somebody else',
      [...thread.slice(0, 5), { ...at(4), ts: `${at(4).ts}5`, author: MARIA.user }, ...thread.slice(5)],
      6,
      /of somebody else: added/,
    ],
    [
      'a post of the bot that names nothing',
      [...thread, { ...person, author: BOT }],
      thread.length + 1,
      /names no events: added/,
    ],
    [
      'the root card reworded',
      withPost(0, reworded(at(0), /aborted/, 'completed', false)),
      1,
      /not say what the bot drew last/,
    ],
    [
      'the root card of an earlier event',
      withPost(0, post(ROOT, rootCard(story.told[3]?.wave as Wave, AT, log[3]?.hash), at(0).mark)),
      1,
      /shows event 4/,
    ],
    [
      'the root card with a foreign mark',
      withPost(0, post(ROOT, rootCard(story.wave, AT, '0'.repeat(64)), at(0).mark)),
      1,
      /not in the log/,
    ],
  ];

  it.each(rows)('%s: is found at its first post', (_what, posts, where, finding) => {
    const report = verdict(posts);
    expect(report.ok).toBe(false);
    expect(report.lines[0]).toMatch(finding);
    expect(Number(/Post (\d+):/.exec(report.lines[0] ?? '')?.[1])).toBe(where);
  });

  it('names the first finding and counts all', () => {
    const many = verdict(
      thread.map((each, i) => (i < 2 ? each : { ...each, edited: { user: 'U0X', ts: '1.000000' } })),
    );
    expect(many.lines[0]).toMatch(new RegExp(`${thread.length - 2} findings\\. Post 3: it was edited by U0X`));
    expect(many.lines.at(-1)).toMatch(/and \d+ more\./);
  });
});

describe('a log that was written anew, with hashes that fit', () => {
  const approved = log.find(({ event }) => event.type === 'GateApproved')?.seq ?? 0;
  const forged = rewritten(approved, (entry) => ({ ...entry, by: { kind: 'person', user: MARIA.user, via: 'slack' } }));
  const told = (of: readonly LoggedEvent[]): Told[] => {
    let wave: Wave | null = null;
    return of.map((logged) => {
      wave = evolve(wave, logged);
      return { logged, wave };
    });
  };
  const end = (of: readonly LoggedEvent[]): Wave => told(of).at(-1)?.wave as Wave;

  it('is refused by the first mark in the thread that it does not have', () => {
    const report = verdict(thread, forged);
    expect(report.ok).toBe(false);
    expect(report.lines.join('\n')).toMatch(/the root card shows a mark .* not in the log/);
    expect(report.lines.join('\n')).toMatch(/the post was edited, or the log was written anew/);
  });

  it.each([
    ['cut off at its end', log.slice(0, -1), /the log ends at/],
    ['one event longer', [...log, { ...(log.at(-1) as LoggedEvent), seq: log.length + 1 }], /no post at the end/],
  ])('is refused when it is %s', (_what, of, finding) => {
    const report = verdict(thread, of);
    expect(report.lines.join('\n')).toMatch(finding);
    expect(report.ok).toBe(false);
  });

  it('does not give the state that stands beside it', () => {
    const head = log.at(-1)?.hash ?? '';
    expect(verifyState(story.wave, head, log, end(log))).toBeNull();
    expect(verifyState(story.wave, head, log.slice(0, -1), end(log.slice(0, -1)))).toMatch(/the log ends at/);
    expect(verifyState(story.wave, 'x', log, end(log))).toMatch(/mark kept beside the state/);
    expect(verifyState({ ...story.wave, gates: 9 } as Wave, head, log, end(log))).toMatch(
      /state's gates does not follow/,
    );
  });

  it.each(['', 'extra', 'hold', '__proto__', 'toString'])(
    'does not give a state that has a part of the name %j more, were it null',
    (name) => {
      const head = log.at(-1)?.hash ?? '';
      // As it comes out of the store.
      const stored = { ...story.wave, ...JSON.parse(`{${JSON.stringify(name)}:null}`) } as Wave;
      expect(verifyState(stored, head, log, end(log))).toBe(
        `the state's ${name} does not follow from the events: it was changed in the store`,
      );
    },
  );
});

describe('the file of a wave', () => {
  const keys = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const made = auditExport(log, { ...WHERE, heard: log.length }, { at: AT, signingKey: null });
  const signed = auditExport(log, { ...WHERE, heard: log.length }, { at: AT, signingKey: keys.privateKey });
  const text = (lines: readonly string[]): string => `${lines.join('\n')}\n`;
  const end = (lines: readonly string[]) => JSON.parse(lines.at(-1) ?? '{}') as { manifest: Record<string, unknown> };
  const withManifest = (change: object, lines = made.lines): string => {
    const { manifest, ...rest } = end(lines);
    return text([...lines.slice(0, -1), JSON.stringify({ manifest: { ...manifest, ...change }, ...rest })]);
  };
  const taken = threadText(story.wave.id, WHERE, thread, AT);
  const beside = (of: string) => ({ thread: { text: of, name: 'thread.json' } });

  it('stands alone: plan, events, and who decided what with which evidence before them', () => {
    const { manifest } = end(made.lines);
    expect(made.lines).toHaveLength(log.length + 1);
    expect(manifest).toMatchObject({
      format: 1,
      wave: story.wave.id,
      events: log.length,
      head: log.at(-1)?.hash,
      product: PRODUCT,
    });
    const approved = log.find(({ event }) => event.type === 'GateApproved');
    const opened = log.findLast(({ event, seq }) => event.type === 'GateOpened' && seq < (approved?.seq ?? 0));
    expect(manifest.decisions).toContainEqual(
      expect.objectContaining({ seq: approved?.seq, by: approved?.by, what: 'GateApproved', evidence: opened?.seq }),
    );
    expect(made.lines[0]).toContain('"plan"');
    expect(auditFile(text(made.lines), 'f', null)).toMatchObject({ ok: true });
  });

  it('is whole beside its thread, and the thread is told apart from another', () => {
    const report = auditFile(text(made.lines), 'f', null, beside(taken));
    expect(report).toMatchObject({ ok: true });
    expect(report.lines.join('\n')).toMatch(/thread\.json: says what the log says/);
    expect(report.lines.join('\n')).not.toMatch(/Compare that mark/);
    const rows: readonly (readonly [string, RegExp])[] = [
      [threadText('site-z-wave-1', WHERE, thread, AT), /thread of site-z-wave-1/],
      [threadText(story.wave.id, { ...WHERE, ts: '1600000000.000001' }, thread, AT), /NOT the wave's thread/],
      [threadText(story.wave.id, WHERE, thread.slice(0, -1), AT), /no post at the end/],
      ['{}', /is no thread/],
      ['not json', /is no thread/],
    ];
    for (const [of, finding] of rows) {
      const other = auditFile(text(made.lines), 'f', null, beside(of));
      expect([other.ok, other.lines.join('\n')]).toEqual([false, expect.stringMatching(finding)]);
    }
  });

  it.each([
    ['events', { events: 3 }, /the manifest counts 3 entries/],
    ['head', { head: '0'.repeat(64) }, /the manifest counts/],
    ['site', { site: 'site-z' }, /manifest's site is not/],
    ['status', { status: 'completed' }, /manifest's status is not/],
    ['decisions', { decisions: [] }, /manifest's decisions is not/],
    ['format', { format: 2 }, /a newer version wrote it/],
    ['note', { note: 'fine' }, /was changed, or a newer version/],
  ])('is refused when its manifest says another %s', (_name, change, finding) => {
    const report = auditFile(withManifest(change), 'f', null);
    expect([report.ok, report.lines.join(' ')]).toEqual([false, expect.stringMatching(finding)]);
  });

  it('names the version of the package', () => {
    const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string; version: string };
    expect(PRODUCT).toBe(`${name} ${version}`);
  });

  it('is refused when entries before the manifest are gone', () => {
    const cut = text([...made.lines.slice(0, -2), made.lines.at(-1) ?? '']);
    expect(auditFile(cut, 'f', null).lines.join(' ')).toMatch(/entries were removed or added at the end/);
  });

  it('says so where it has no manifest', () => {
    const report = auditFile(text(made.lines.slice(0, -1)), 'f', null);
    expect([report.ok, report.lines.join(' ')]).toEqual([true, expect.stringMatching(/It has no manifest/)]);
  });

  it('is proven by its signature, and by no other key', () => {
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
      .publicKey.export({ type: 'spki', format: 'pem' })
      .toString();
    const check = (of: string, publicKey: string) => auditFile(of, 'f', null, { publicKey });
    expect(check(text(signed.lines), keys.publicKey).lines.join(' ')).toMatch(/The signature is good/);
    expect(check(text(signed.lines), keys.publicKey).ok).toBe(true);
    expect(check(text(signed.lines), other)).toMatchObject({
      ok: false,
      lines: [expect.stringMatching(/NOT signed by the owner/)],
    });
    expect(check(text(made.lines), keys.publicKey)).toMatchObject({
      ok: false,
      lines: [expect.stringMatching(/NOT signed, so/)],
    });
    expect(check(withManifest({ exportedAt: '2020-01-01T00:00:00.000Z' }, signed.lines), keys.publicKey).ok).toBe(
      false,
    );
    expect(() => check(text(signed.lines), rsa)).toThrow(/is of type rsa, not Ed25519/);
    expect(() => check(text(signed.lines), keys.privateKey)).toThrow(/is a private key/);
    expect(() => check(text(signed.lines), 'nonsense')).toThrow(/cannot be read as PEM/);
    expect(auditFile(text(signed.lines), 'f', null).lines.join(' ')).toMatch(
      /Signed with key [0-9a-f]{16}; --public-key/,
    );
  });

  it('is made without a manifest where the log is not whole', () => {
    const touched = log.map((entry) => (entry.seq === 3 ? { ...entry, at: 0 } : entry));
    const broken = auditExport(touched, null, { at: AT, signingKey: keys.privateKey });
    expect(broken.lines).toHaveLength(log.length);
    expect(broken.broken).toMatch(/entry 3/);
  });

  it('holds nothing of the key', () => {
    const body = keys.privateKey.replace(/-----[^-]+-----|\s/g, '');
    expect(text(signed.lines)).not.toContain(body.slice(0, 20));
    expect(() => auditExport(log, null, { at: AT, signingKey: '-----BEGIN PRIVATE KEY-----hunter2' })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
    );
    expect(verifyManifest(end(signed.lines).manifest as never, log, story.wave)).toBeNull();
  });
});
