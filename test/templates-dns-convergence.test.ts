import { type Propagation, type Watch, watchOf } from '../src/core/convergence';
import type { Evidence } from '../src/core/evidence';
import { gateCard } from '../templates/gate-card';
import { plainText } from '../templates/plain';
import { rootCard } from '../templates/root-card';
import { begin, MINUTE, report, reportGate } from './support/core-waves';
import { GREEN, good, HASH, info, type Story, started, waiting } from './templates-stories';

function gateText(evidence: readonly Evidence[]): string {
  const story = started()
    .upTo('switch-dns')
    .does(reportGate({ ...GREEN, evidence } as typeof GREEN, HASH));
  const opened = story.log.find(({ event }) => event.type === 'GateOpened');
  if (!opened) throw new Error('no gate has been opened');
  return plainText(gateCard(story.wave, { opened, decided: null, approvals: [] }));
}

describe('a gate card with a forecast', () => {
  const MEASURED = good('OPTIONS sip:new', '200 OK, 12 ms');
  const FORECAST = [
    info('forecast: google', '4 min 13 s, at the latest 5 min 2 s: 1 cache'),
    info('forecast: site-a-dc', '58 min, at the latest 59 min: 1 cache, keeps answers at least 3600 s'),
    info('forecast: the way back of DNS', 'up to 5 min 6 s after the records are written back'),
  ];

  it('tells by resolver how long each is expected to take, apart from what was measured', () => {
    const text = gateText([MEASURED, ...FORECAST]);
    expect(text).toContain('When each resolver follows, from the switch on');
    expect(text).toContain('• google: 4 min 13 s, at the latest 5 min 2 s: 1 cache');
    expect(text).toContain('• site-a-dc: 58 min, at the latest 59 min');
    expect(text).toContain('1 of 1 answers as wanted');
    expect(text).not.toContain('forecast:');
  });

  it('tells how long the way back of DNS takes where the way back is told', () => {
    const text = gateText([MEASURED, ...FORECAST]);
    const back = text.slice(text.indexOf('Way back'));
    expect(back).toContain('DNS back: up to 5 min 6 s after the records are written back');
  });

  it('says nothing of forecasts where there is none', () => {
    const text = gateText([MEASURED]);
    expect(text).not.toContain('When each resolver follows');
    expect(text).not.toContain('DNS back');
  });
});

describe('the root card of a wave that waits for caches', () => {
  function shown(...watches: readonly ((now: number) => Watch)[]): string {
    const story: Story = started().upTo('confirm-propagation');
    const progress: Propagation = {
      authoritativeAt: story.now,
      lowTtlUntil: null,
      heldAt: null,
      watches: watches.map((watch) => watch(story.now)),
    };
    story.does(
      begin,
      report({ ...waiting('0 of 2 resolvers show the new gateway.', MINUTE), progress } as ReturnType<typeof waiting>),
    );
    return plainText(rootCard(story.wave, story.now));
  }
  const watch =
    (resolver: string, more: (now: number) => Partial<Watch>) =>
    (now: number): Watch => ({
      ...watchOf(resolver, { goneAt: null, expectedAt: now + 10 * MINUTE, latestAt: now + 20 * MINUTE }),
      ...more(now),
    });

  it('counts who has followed and names the others, the next one first, each with its moment', () => {
    const text = shown(
      watch('google', (now) => ({ doneAt: now })),
      watch('site-a-dc', (now) => ({ expectedAt: now + 11 * MINUTE, reading: 'old' })),
      watch('quad9', () => ({ reading: 'old' })),
    );
    expect(text).toContain('Caches: 1 of 3 resolvers have followed');
    expect(text).toMatch(/⏳ quad9: expected \S+Z, at the latest \S+Z\n⏳ site-a-dc: expected \S+Z/);
    expect(text).not.toMatch(/google: expected/);
  });

  it('calls by name who ignores the TTL, who fell back and who does not answer', () => {
    const text = shown(
      watch('late', (now) => ({ reading: 'old', latestAt: now - MINUTE })),
      watch('fallen', () => ({ reading: 'old', flips: 1 })),
      watch('dumb', () => ({ reading: 'unknown' })),
    );
    expect(text).toMatch(/⚠️ late: ignores the TTL, was due \S+Z/);
    expect(text).toMatch(/⚠️ fallen: fell back to the old answer, expected \S+Z/);
    expect(text).toMatch(/⚠️ dumb: no usable answer, asked again \S+Z/);
  });

  it('says nothing of caches once all have followed', () => {
    expect(shown(watch('google', (now) => ({ doneAt: now })))).not.toContain('Caches:');
  });
});
