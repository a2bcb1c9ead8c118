import type { LoggedEvent } from '../src/core/events';
import { evolve, type Wave } from '../src/core/wave';
import type { Message } from './blocks';
import { gateCard } from './gate-card';
import { gateStory } from './gate-story';
import { meanwhileMessage } from './meanwhile';
import { type Told, threadPosts } from './thread';
import { progressMessage } from './thread-message';

/** A log with the wave after each of its events. */
export function storyOf(log: readonly LoggedEvent[]): readonly Told[] {
  const told: Told[] = [];
  let wave: Wave | null = null;
  for (const logged of log) {
    wave = evolve(wave, logged);
    told.push({ logged, wave });
  }
  return told;
}

/** No post tells more events than this ahead of what decides its form. */
const AHEAD = 60;

/**
 * What a post that tells events from..to says, written again from the log: one of these, depending on how far the log had
 * come when it was posted. A gate's card may be as it was at any event since.
 */
export function* toldAgain(told: readonly Told[], from: number, to: number): Generator<Message> {
  const events = told.slice(from - 1, to);
  const [first] = events;
  if (!first || events.length !== to - from + 1) return;
  if (first.logged.event.type === 'GateOpened' && from === to) {
    yield* cardsAgain(told, first.logged.event.gate, from);
    return;
  }
  const before = told[from - 2];
  for (const known of [events, told.slice(from - 1, to + AHEAD)])
    for (const post of threadPosts(known, before).posts) if (post.from === from && post.to === to) yield post.message;
  yield progressMessage(events);
  yield meanwhileMessage(events);
}

/** Newest first: that is how it stands when the thread has caught up. */
function* cardsAgain(told: readonly Told[], gate: number, seq: number): Generator<Message> {
  for (let length = told.length; length >= seq; length--) {
    const [known, wave] = [told.slice(0, length), told[length - 1]?.wave];
    const story = gateStory(known, gate, seq);
    if (wave && story) yield gateCard(wave, story);
  }
}
