import { byOf } from '../core/actor';
import type { Refusal, Visit, WaveCommand } from '../core/commands';
import { decide } from '../core/decide';
import { boundedEvent } from '../core/event-bounds';
import type { LoggedEvent } from '../core/events';
import type { WaveId } from '../core/ids';
import { canonicalJson } from '../core/json';
import { evolve, type Wave } from '../core/wave';
import type { Clock } from '../ports/clock';
import type { Digest } from '../ports/digest';
import type { StoredWave } from '../ports/wave-log';

/** What was decided on a wave and does not stand in its log yet. */
export interface Draft {
  readonly kind: 'draft';
  readonly id: WaveId;
  /** `seq` of the last event that stands in the log; 0 for a new wave. */
  readonly base: number;
  /** The hash of that event; '' for a new wave. */
  readonly onto: string;
  /** The wave with all of `events`, and the hash of the last of them. */
  readonly wave: Wave | null;
  readonly head: string;
  readonly events: readonly LoggedEvent[];
  /** Each of `events` as JSON. */
  readonly texts: readonly string[];
  /** The visit that told each of `events`; null of people and timers. */
  readonly visits: readonly (Visit | null)[];
}

export const blank = (id: WaveId, stored: StoredWave | null): Draft => ({
  kind: 'draft',
  id,
  base: stored?.wave.seq ?? 0,
  onto: stored?.head ?? '',
  wave: stored?.wave ?? null,
  head: stored?.head ?? '',
  events: [],
  texts: [],
  visits: [],
});

/** The draft with what the command makes of the wave now, which may be nothing. */
export function drafted(
  { clock, digest }: { readonly clock: Clock; readonly digest: Digest },
  draft: Draft,
  command: WaveCommand,
): Draft | Refusal {
  const now = clock.now();
  const decision = decide(draft.wave, command, now);
  if (decision.kind === 'refusal') return decision;
  if (decision.events.length === 0) return draft;
  const by = byOf(command.actor);
  const events = [...draft.events];
  const texts = [...draft.texts];
  const visits = [...draft.visits];
  let { wave, head } = draft;
  // A clock that steps back must not make the log run backwards.
  const at = Math.max(now, wave?.lastAt ?? 0);
  for (const event of decision.events) {
    const entry = { wave: draft.id, seq: (wave?.seq ?? 0) + 1, at, by, event: boundedEvent(event) };
    const text = canonicalJson(entry);
    head = digest(head + text);
    events.push({ ...entry, hash: head });
    texts.push(`${text.slice(0, -1)},"hash":"${head}"}`);
    visits.push('visit' in command ? command.visit : null);
    wave = evolve(wave, entry);
  }
  return { ...draft, wave, head, events, texts, visits };
}

/** The hash that an event has in its chain. `previous` is the hash before it, the empty text for the first. */
export function chainHash(digest: Digest, previous: string, entry: Omit<LoggedEvent, 'hash'>): string {
  const { wave, seq, at, by, event } = entry;
  return digest(previous + canonicalJson({ wave, seq, at, by, event }));
}
