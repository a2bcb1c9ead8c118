/** Between the two trunks callers find no way in: every place at which people look says so, what is safe, and what to do. */
import { isBetweenTrunks } from '../src/core/hand-over';
import { doneText } from '../templates/answers';
import { plainText } from '../templates/plain';
import { rootCard } from '../templates/root-card';
import { threadPosts } from '../templates/thread';
import {
  applied,
  approve,
  begin,
  DANIEL,
  heldFor,
  passed,
  pause,
  report,
  reportGate,
  resume,
  retry,
  rollBack,
} from './support/core-waves';
import { capture, GREEN, HASH, type Story, started, waiting } from './templates-stories';

const CAPTURED = capture({ trunks: [] });
const afterDrain = (): Story => started().upTo('activate-inbound');
const asked = (): Story => afterDrain().does(begin, CAPTURED);
const waits = (progress: object) => ({ ...waiting('Still at it.'), progress: progress as never }) as never;

const UNSAFE: readonly (readonly [string, () => Story])[] = [
  ['right after legacy was drained', () => afterDrain().does(pause())],
  [
    'before the check of the drained legacy',
    () =>
      started()
        .upTo('drain-legacy')
        .does(...drained(), pause()),
  ],
  ['once the new trunk was asked for', () => asked().does(pause())],
  ['while it is not in service', () => asked().does(report(waits({ walk: null, askedAt: 1 })), pause())],
  ['held by the bot', () => asked().does(report(heldFor('fault')))],
];
const SAFE: readonly (readonly [string, () => Story])[] = [
  ['before legacy was drained', () => started().upTo('drain-legacy').does(pause())],
  [
    'once the new trunk was seen in service',
    () => asked().does(report(waits({ walk: null, inService: true })), pause()),
  ],
  ['while phones are moved', () => asked().does(report(waits({ walk: { cohort: 1 } })), pause())],
  ['while all that is checked', () => asked().does(report(applied), pause())],
  ['after it', () => asked().does(report(applied), report(passed), pause())],
];

function drained() {
  return [reportGate(GREEN, HASH), approve(DANIEL, HASH), begin, CAPTURED, report(applied)];
}

const WARNING =
  /do not stay here[\s\S]*Resume switches the new trunk on, Roll back re-arms legacy; either takes seconds/;
const told = ({ told: events }: Story): string => plainText(threadPosts(events).posts.at(-1)?.message as never);
const card = ({ wave, now }: Story): string => plainText(rootCard(wave, now));
const answer = ({ wave }: Story): string => plainText(doneText(wave, 'is paused'));

describe('a wave that is held between the two trunks', () => {
  test.each(UNSAFE)('%s warns on the card, in the thread and in the answer', (_when, story) => {
    const held = story();
    expect(isBetweenTrunks(held.wave)).toBe(true);
    for (const said of [card(held), told(held), answer(held)]) expect(said).toMatch(WARNING);
  });

  test.each(SAFE)('%s warns nowhere', (_when, story) => {
    const held = story();
    expect(isBetweenTrunks(held.wave)).toBe(false);
    for (const said of [card(held), told(held), answer(held)])
      expect(said).not.toMatch(/do not stay here|either takes/);
  });

  test('is not claimed to take calls on the new side before its trunk was seen in service', () => {
    expect(card(asked())).not.toMatch(/new inbound trunk takes calls/);
    expect(card(asked().does(report(applied)))).toMatch(/new inbound trunk takes calls/);
  });

  test('is warned of after a retry, when nobody knows how the trunk was left', () => {
    expect(card(asked().does(report(heldFor('fault')), retry(), pause()))).toMatch(WARNING);
  });

  test('has no such warning on its way back, where legacy is armed first, nor after it was resumed', () => {
    expect(isBetweenTrunks(asked().does(pause(), rollBack()).wave)).toBe(false);
    expect(answer(asked().does(pause(), resume()))).not.toMatch(/To do/);
  });
});
